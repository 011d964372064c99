package org.magsd.ingest.net;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sending some files, once: workers with an association each take from one queue; what met a peer
 * that was away or out of resources goes back into it after a pause that doubles.
 */
final class SendRun implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SendRun.class);

  private final ScuConfig config;
  private final List<Path> files;
  private final Consumer<SendOutcome> listener;
  private final SendOutcome[] outcomes;
  private final Watchdog watchdog = new Watchdog("send");
  private final Queue<Job> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger associated = new AtomicInteger();

  /** Why no file can be sent any more: the peer rejects us, or stays away. */
  private volatile Optional<String> hopeless = Optional.empty();

  /** A file, its place among all of them, and how often it has been tried. */
  record Job(int place, OutgoingFile file, int tries) {
    Job again() {
      return new Job(place, file, tries + 1);
    }
  }

  SendRun(ScuConfig config, List<Path> files, Consumer<SendOutcome> listener) {
    this.config = config;
    this.files = files;
    this.listener = listener;
    this.outcomes = new SendOutcome[files.size()];
  }

  List<SendOutcome> execute(DicomProvider provider, int associations) throws InterruptedException {
    for (SendPlan plan : SendPlan.of(readable(provider))) {
      queue.addAll(plan.jobs());
      work(plan, provider, Math.max(1, Math.min(associations, plan.jobs().size())));
    }
    return Arrays.asList(outcomes);
  }

  private List<Job> readable(DicomProvider provider) {
    List<Job> jobs = new ArrayList<>();
    for (int place = 0; place < files.size(); place++) {
      try {
        jobs.add(new Job(place, OutgoingFile.read(provider, files.get(place)), 0));
      } catch (DicomException e) {
        report(place, new SendOutcome.Failed(files.get(place), e.getMessage()));
      } catch (RuntimeException | Error e) {
        report(place, new SendOutcome.Failed(files.get(place), "cannot be read: " + e));
      }
    }
    return jobs;
  }

  private void work(SendPlan plan, DicomProvider provider, int workers)
      throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < workers; i++) {
      Thread thread = new Thread(() -> sendUntilEmpty(plan, provider), "send-" + i);
      thread.start();
      threads.add(thread);
    }
    try {
      for (Thread thread : threads) {
        thread.join();
      }
      if (!queue.isEmpty()) {
        sendUntilEmpty(
            plan, provider); // left by one that gave up when the others had just finished
      }
    } catch (InterruptedException e) {
      threads.forEach(Thread::interrupt);
      throw e;
    }
  }

  private void sendUntilEmpty(SendPlan plan, DicomProvider provider) {
    Optional<StoreAssociation> association = Optional.empty();
    try {
      for (Job job = queue.poll(); job != null; job = queue.poll()) {
        if (hopeless.isPresent()) {
          fail(job, hopeless.get());
          continue;
        }
        try {
          if (association.isEmpty()) {
            association = Optional.of(open(plan));
            associated.incrementAndGet();
          }
          settle(job, association.get().store(job.file(), provider));
        } catch (RejectedException e) {
          if (e.isTransient() && associated.get() > 0) {
            queue.add(job); // the peer takes fewer associations than we would open: others go on
            return;
          }
          hopeless = Optional.of(e.getMessage());
          fail(job, e.getMessage());
        } catch (IOException e) {
          association.ifPresent(this::discard);
          association = Optional.empty();
          settle(job, e);
        } catch (RuntimeException | Error e) {
          association.ifPresent(this::discard);
          association = Optional.empty();
          fail(job, "cannot be sent: " + e);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      association.ifPresent(this::discard);
    }
  }

  /** An association; a peer that is away or busy is asked again as often as a file would be. */
  private StoreAssociation open(SendPlan plan) throws IOException, InterruptedException {
    for (int tries = 1; ; tries++) {
      try {
        return StoreAssociation.open(config, plan.proposals(), watchdog);
      } catch (RejectedException e) {
        if (!e.isTransient() || tries >= config.attempts()) {
          throw e;
        }
      } catch (IOException e) {
        if (tries >= config.attempts()) {
          if (associated.get() == 0) {
            hopeless = Optional.of(e.getMessage());
          }
          throw e;
        }
      }
      pause(tries);
    }
  }

  private void settle(Job job, SendOutcome outcome) throws InterruptedException {
    if (outcome instanceof SendOutcome.Refused refused
        && DimseStatus.isTransient(refused.status())
        && job.tries() + 1 < config.attempts()) {
      tryAgain(job);
    } else {
      report(job.place(), outcome);
    }
  }

  private void settle(Job job, IOException failure) throws InterruptedException {
    if (hopeless.isEmpty() && job.tries() + 1 < config.attempts()) {
      tryAgain(job);
    } else {
      fail(job, "not sent: " + failure.getMessage());
    }
  }

  private void tryAgain(Job job) throws InterruptedException {
    pause(job.tries() + 1);
    queue.add(job.again());
  }

  private void pause(int tries) throws InterruptedException {
    Thread.sleep(config.firstBackoff().toMillis() << Math.min(tries - 1, 10));
  }

  private void fail(Job job, String reason) {
    report(job.place(), new SendOutcome.Failed(job.file().path(), reason));
  }

  private synchronized void report(int place, SendOutcome outcome) {
    outcomes[place] = outcome;
    listener.accept(outcome);
  }

  private void discard(StoreAssociation association) {
    associated.decrementAndGet();
    try {
      association.close();
    } catch (IOException e) {
      LOG.debug("releasing an association failed", e);
    }
  }

  @Override
  public void close() {
    watchdog.close();
  }
}
