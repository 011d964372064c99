package org.magsd.trainer.data;

import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.magsd.ingest.image.GrayImage;

/**
 * Films whose histograms others take on. Sources are drawn equally, whatever number of films they
 * have: else the donor is nearly always of the largest source, and the grey levels of a small one
 * go on telling its class.
 */
final class Donors {
  private final List<List<Film>> bySource;

  Donors(List<Film> films) {
    bySource =
        List.copyOf(
            films.stream()
                .collect(
                    Collectors.groupingBy(
                        film -> film.sample().film().source(), TreeMap::new, Collectors.toList()))
                .values());
  }

  GrayImage draw(SplittableRandom random) {
    List<Film> source = bySource.get(random.nextInt(bySource.size()));
    return source.get(random.nextInt(source.size())).wide();
  }
}
