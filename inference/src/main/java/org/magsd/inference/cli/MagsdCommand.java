package org.magsd.inference.cli;

import java.util.concurrent.Callable;

/**
 * One command of {@code ./magsd}: a picocli {@code @Command} class with a public no-argument
 * constructor, found through {@link java.util.ServiceLoader} so that modules further up (the
 * trainer) can add theirs. Returns the exit code: 0 good, 1 failed, 2 wrong usage.
 */
public interface MagsdCommand extends Callable<Integer> {}
