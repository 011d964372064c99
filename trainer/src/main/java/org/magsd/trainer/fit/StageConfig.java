package org.magsd.trainer.fit;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Optional;
import org.magsd.trainer.data.Balance;

/**
 * One stage of training: what is learnt from, for how long, how fast. Stages follow each other;
 * each begins with the best weights of the one before.
 *
 * @param name letters, digits and dashes
 * @param data where the labelled films are
 * @param split how the films are divided
 * @param classes classes of this stage, where they are not the model's (pre-training); the last
 *     layer then begins anew in the next stage
 * @param size side of the square images in this stage, where it is not the model's; smaller images
 *     make pre-training faster
 * @param runs how often the stage is run, each time from the weights it began with, in another
 *     order and with other variations; what it leaves is the mean of what the runs left, see {@link
 *     MeanOfRuns}
 * @param epochs most epochs of a run
 * @param patience epochs without improvement after which a run ends
 * @param batch films per step, 2 or more
 * @param films films per epoch, 0 for as many as there are
 * @param balance how often films are drawn
 * @param classWeights how much a film counts in the cross-entropy, by its class
 * @param loss what is minimised
 * @param select by which validation value the best epoch is chosen
 * @param schedule learning rate
 * @param momentum Nesterov momentum, 0..1 exclusive
 * @param weightDecay pull of all weights towards zero
 * @param headFactor by which the last layer's gradient of the loss is multiplied, before the clip
 *     (so that it counts little in the norm); it sees features 100 times as large. Its weight decay
 *     keeps the full rate
 * @param clip greatest norm of all gradients together, 0 for any
 * @param average decay of the running average of weights that is validated and exported, 0 for the
 *     weights themselves
 * @param styleMixing probability that the films of a pass take on part of each other's style, see
 *     {@link org.magsd.trainer.net.StyleMixing}
 * @param statistics where the batch-norm statistics of the judged and exported weights come from
 */
public record StageConfig(
    String name,
    List<LabelSource> data,
    SplitRule split,
    Optional<List<String>> classes,
    Optional<Integer> size,
    int runs,
    int epochs,
    int patience,
    int batch,
    int films,
    Balance balance,
    ClassWeights classWeights,
    LossMode loss,
    Select select,
    Schedule schedule,
    double momentum,
    double weightDecay,
    double headFactor,
    double clip,
    double average,
    double styleMixing,
    Statistics statistics) {

  /**
   * Where the batch-norm statistics of the weights that are judged, exported and handed to the next
   * stage come from. The training network's own are never touched.
   */
  public enum Statistics {
    /**
     * Those that training's passes moved: of attention-guided copies as well, and averaged like the
     * weights; the authors' way.
     */
    @JsonProperty("running")
    RUNNING,
    /** Measured after each epoch on training films, varied as in training, without copies. */
    @JsonProperty("varied")
    VARIED,
    /** Measured after each epoch on training films as serving would see them. */
    @JsonProperty("unvaried")
    UNVARIED
  }

  /** By which validation value the best epoch is chosen. */
  public enum Select {
    /** Least cross-entropy. */
    @JsonProperty("loss")
    LOSS,
    /** Greatest macro F1. */
    @JsonProperty("macro-f1")
    MACRO_F1,
    /**
     * Greatest mean recall over the cells of class and source, so that a model cannot shine by
     * knowing the source.
     */
    @JsonProperty("cells")
    CELLS,
    /** The last: no film judged by has a say, so that what they say is no choice's luck. */
    @JsonProperty("last")
    LAST
  }

  public StageConfig {
    Keys.require(name != null && name.matches("[A-Za-z0-9-]+"), "name", name, "a short name");
    data = data == null ? List.of() : List.copyOf(data);
    Keys.require(!data.isEmpty(), "data", "nothing", "at least one labels csv or topic");
    Keys.require(split != null, "split", "nothing", "column, share, source or fold");
    classes = classes == null ? Optional.empty() : classes.map(List::copyOf);
    size = size == null ? Optional.empty() : size;
    size.ifPresent(
        side ->
            Keys.require(
                side >= 32 && side <= 1024 && side % 32 == 0, "size", side, "a multiple of 32"));
    Keys.require(runs >= 1 && runs <= 100, "runs", runs, "1..100");
    Keys.require(epochs >= 1 && epochs <= 10_000, "epochs", epochs, "1..10000");
    Keys.require(patience >= 1, "patience", patience, "1 or more");
    Keys.require(batch >= 2 && batch <= 4096, "batch", batch, "2..4096");
    Keys.require(films == 0 || films >= 2, "films", films, "0, or 2 or more");
    Keys.require(balance != null, "balance", "nothing", "none, class or class-and-source");
    Keys.require(classWeights != null, "classWeights", "nothing", "none or balanced");
    Keys.require(
        classWeights == ClassWeights.NONE || balance == Balance.NONE,
        "classWeights",
        "balanced",
        "none where balance makes classes equal already; set balance to none");
    Keys.require(loss != null, "loss", "nothing", "plain, copies or soft-distance");
    Keys.require(select != null, "select", "nothing", "loss, macro-f1, cells or last");
    Keys.require(schedule != null, "schedule", "nothing", "a schedule");
    Keys.require(momentum >= 0 && momentum < 1, "momentum", momentum, "0 up to below 1");
    Keys.require(weightDecay >= 0 && weightDecay <= 1, "weightDecay", weightDecay, "0..1");
    Keys.require(headFactor > 0 && headFactor <= 100, "headFactor", headFactor, "above 0");
    Keys.require(clip >= 0, "clip", clip, "0 or more");
    Keys.require(average >= 0 && average < 1, "average", average, "0 up to below 1");
    Keys.require(styleMixing >= 0 && styleMixing <= 1, "styleMixing", styleMixing, "0..1");
    Keys.require(statistics != null, "statistics", "nothing", "running, varied or unvaried");
  }
}
