package org.magsd.trainer.data;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Joins the groups of films that look alike: the same film re-encoded, rescaled or sent twice under
 * another patient identifier must not lie on both sides of a split.
 */
public final class NearDuplicates {
  private final int[] parents;

  private NearDuplicates(int films) {
    parents = new int[films];
    for (int i = 0; i < films; i++) {
      parents[i] = i;
    }
  }

  /**
   * The samples with their groups joined: samples of one group, or with hashes at most {@code
   * distance} bits apart, end in the same group, named after its first sample's.
   *
   * @param hashes one per sample, in the same order
   * @param distance bits; negative leaves the groups as they are
   */
  public static List<Sample> join(List<Sample> samples, List<PerceptualHash> hashes, int distance) {
    NearDuplicates sets = new NearDuplicates(samples.size());
    Map<String, Integer> firsts = new HashMap<>();
    for (int i = 0; i < samples.size(); i++) {
      Integer first = firsts.putIfAbsent(samples.get(i).group(), i);
      if (first != null) {
        sets.union(first, i);
      }
      for (int j = 0; j < i; j++) {
        if (hashes.get(i).distance(hashes.get(j)) <= distance) {
          sets.union(j, i);
        }
      }
    }
    List<Sample> joined = new ArrayList<>(samples.size());
    for (int i = 0; i < samples.size(); i++) {
      joined.add(samples.get(i).inGroup(samples.get(sets.root(i)).group()));
    }
    return joined;
  }

  private int root(int film) {
    int root = film;
    while (parents[root] != root) {
      root = parents[root];
    }
    parents[film] = root;
    return root;
  }

  private void union(int one, int other) {
    int a = root(one);
    int b = root(other);
    parents[Math.max(a, b)] = Math.min(a, b);
  }
}
