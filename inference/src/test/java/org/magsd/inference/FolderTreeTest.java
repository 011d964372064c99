package org.magsd.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderTreeTest {
  @TempDir private Path folder;

  @Test
  void deletesAFolderButNotWhatItsLinksPointTo() throws Exception {
    Path kept = Files.writeString(folder.resolve("kept"), "elsewhere");
    Path tree = Files.createDirectories(folder.resolve("tree/below/deeper"));
    Files.writeString(tree.resolve("file"), "gone");
    Files.createSymbolicLink(tree.resolve("link"), kept);
    Files.createSymbolicLink(tree.resolve("linked-folder"), folder);

    FolderTree.delete(folder.resolve("tree"));
    FolderTree.delete(folder.resolve("tree")); // nothing is there any more

    assertThat(folder).isDirectoryContaining(kept::equals);
    assertThat(folder.resolve("tree")).doesNotExist();
  }
}
