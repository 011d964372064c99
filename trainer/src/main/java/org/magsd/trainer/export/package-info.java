/** ONNX export, and the proof that the runtime computes what was trained. */
package org.magsd.trainer.export;
