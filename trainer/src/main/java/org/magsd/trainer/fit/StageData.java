package org.magsd.trainer.fit;

import java.util.List;
import org.magsd.trainer.data.Film;

/**
 * A stage's films in memory, divided.
 *
 * @param classes the stage's classes
 * @param train films to learn from; their licences allow it
 * @param validation films to judge by, of any licence
 * @param leftOut films on neither side, on which the last stage's model is measured
 */
public record StageData(
    List<String> classes, List<Film> train, List<Film> validation, List<Film> leftOut) {}
