package org.magsd.inference.model;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Platform;
import org.magsd.inference.UserError;

/** The environment that native libraries of this process see; Java can only read it. */
final class ProcessEnvironment {
  /** Of the C library. */
  interface CLibrary extends Library {
    int setenv(String name, String value, int overwrite);
  }

  private ProcessEnvironment() {}

  /**
   * Sets a variable for libraries that are loaded later. Not on Windows.
   *
   * @param why what it is needed to do, in words that follow "cannot"
   * @throws UserError if it cannot be set from here; names it, so that it can be set outside
   */
  static void set(String name, String value, String why) {
    try {
      CLibrary library = Native.load(Platform.C_LIBRARY_NAME, CLibrary.class);
      if (library.setenv(name, value, 1) == 0) {
        return;
      }
    } catch (LinkageError e) {
      // JNA is not to be had here: the same as a variable that cannot be set
    }
    throw new UserError("cannot " + why + "; set " + name + "=" + value + " and try again");
  }
}
