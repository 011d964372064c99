package org.magsd.inference.service;

import java.util.Map;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;

/**
 * Lets all state stores of the process share one bounded memory beside the heap: by default each
 * has some 100 MB of its own, and there are five stores for every partition.
 */
public final class StateMemory implements RocksDBConfigSetter {
  /** Read from the disk, and what leads to it. */
  private static final long BLOCK_BYTES = 64L << 20;

  /** Written and not yet on the disk; a film's result and heat map are some 60 kB. */
  private static final long WRITE_BYTES = 128L << 20;

  /**
   * What a store takes of that at a time, once it has been written to. By default it is 1 MiB: from
   * some twenty partitions on, with ten tables each, such pieces alone would be more than there is,
   * and every record would be brought to the disk in a file of its own.
   */
  private static final long PIECE_BYTES = 16L << 10;

  private static final Cache CACHE;
  private static final WriteBufferManager WRITES;

  static {
    RocksDB.loadLibrary();
    CACHE = new LRUCache(BLOCK_BYTES + WRITE_BYTES);
    WRITES = new WriteBufferManager(WRITE_BYTES, CACHE);
  }

  @Override
  public void setConfig(String storeName, Options options, Map<String, Object> configs) {
    BlockBasedTableConfig table = (BlockBasedTableConfig) options.tableFormatConfig();
    // The store's own cache; Kafka Streams closes only what it still refers to itself.
    table.setBlockCache(CACHE);
    table.setCacheIndexAndFilterBlocks(true);
    options.setTableFormatConfig(table);
    options.setWriteBufferManager(WRITES);
    options.setArenaBlockSize(PIECE_BYTES);
    // Its timer would look into stores at the very end of the process, when they are half gone.
    options.setStatsDumpPeriodSec(0);
  }

  /** Nothing: what is shared lives as long as the process. */
  @Override
  public void close(String storeName, Options options) {}
}
