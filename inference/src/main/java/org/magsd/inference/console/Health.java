package org.magsd.inference.console;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Whether the parts of the service can do their work now. */
public final class Health {
  private final ConcurrentMap<String, Supplier<State>> parts = new ConcurrentHashMap<>();

  /**
   * How one part is.
   *
   * @param detail one phrase for people, without patient data
   */
  public record State(boolean ready, String detail) {
    public static State starting() {
      return new State(false, "starting");
    }
  }

  /** All parts. */
  @JsonInclude(JsonInclude.Include.ALWAYS)
  public record Summary(boolean ready, Map<String, State> components) {}

  /** Names a part that is starting and must be ready before the service is. */
  public void expect(String part) {
    parts.put(part, State::starting);
  }

  /** Asks the part itself from now on. */
  public void watch(String part, Supplier<State> state) {
    parts.put(part, state);
  }

  /** All parts there are, ready or not. */
  Set<String> parts() {
    return Set.copyOf(parts.keySet());
  }

  /** Whether that part can do its work. */
  boolean ready(String part) {
    return parts.get(part).get().ready();
  }

  public Summary summary() {
    Map<String, State> components = new LinkedHashMap<>();
    sorted().forEach(part -> components.put(part.getKey(), part.getValue().get()));
    boolean ready = !components.isEmpty() && components.values().stream().allMatch(State::ready);
    return new Summary(ready, components);
  }

  private Stream<Map.Entry<String, Supplier<State>>> sorted() {
    return parts.entrySet().stream().sorted(Map.Entry.comparingByKey());
  }
}
