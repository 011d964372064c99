package org.magsd.ingest.net;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The contexts to propose for some files: one for each SOP class and syntax, so that the answer
 * says of each whether the peer takes it, and the two plain syntaxes beside any that we can read.
 *
 * @param proposals at most 128, the most an association has
 */
record SendPlan(List<Pdu.Proposal> proposals, List<SendRun.Job> jobs) {
  private static final int MOST_CONTEXTS = 128;

  private record Pair(String sopClass, String transferSyntax) {}

  /** As few plans as hold all jobs, in their order. */
  static List<SendPlan> of(List<SendRun.Job> jobs) {
    List<SendPlan> plans = new ArrayList<>();
    Set<Pair> pairs = new LinkedHashSet<>();
    List<SendRun.Job> planned = new ArrayList<>();
    for (SendRun.Job job : jobs) {
      Set<Pair> more = new LinkedHashSet<>(pairs);
      more.addAll(pairs(job.file()));
      if (more.size() > MOST_CONTEXTS) {
        plans.add(plan(pairs, planned));
        planned = new ArrayList<>();
        more = pairs(job.file());
      }
      pairs = more;
      planned.add(job);
    }
    if (!planned.isEmpty()) {
      plans.add(plan(pairs, planned));
    }
    return plans;
  }

  private static Set<Pair> pairs(OutgoingFile file) {
    Set<Pair> pairs = new LinkedHashSet<>();
    file.syntaxes().forEach(uid -> pairs.add(new Pair(file.sopClass(), uid)));
    return pairs;
  }

  private static SendPlan plan(Set<Pair> pairs, List<SendRun.Job> jobs) {
    List<Pdu.Proposal> proposals = new ArrayList<>();
    for (Pair pair : pairs) {
      proposals.add(
          new Pdu.Proposal(
              2 * proposals.size() + 1, pair.sopClass(), List.of(pair.transferSyntax())));
    }
    return new SendPlan(proposals, jobs);
  }
}
