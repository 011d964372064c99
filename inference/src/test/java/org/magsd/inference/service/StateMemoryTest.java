package org.magsd.inference.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

class StateMemoryTest {
  private static final int STORES = 16;
  private static final int VALUES_PER_STORE = 240;
  private static final int VALUE_BYTES = 64 << 10;

  /** Of 20 partitions. */
  private static final int MANY_STORES = 200;

  private static final int FEW_VALUES = 20;
  private static final int SMALL_BYTES = 200;
  private static final long MEBIBYTE = 1 << 20;

  /** As Kafka Streams has it. */
  private static final long BUFFER_BYTES = 16 * MEBIBYTE;

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final StateMemory memory = new StateMemory();
  private final List<AutoCloseable> opened = new ArrayList<>();
  @TempDir Path folder;

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened) {
      one.close();
    }
  }

  @Test
  void allStoresTogetherBufferNoMoreThanTheirShare() throws Exception {
    Random random = new Random(1);
    byte[] value = new byte[VALUE_BYTES];
    List<RocksDB> stores = new ArrayList<>();
    for (int store = 0; store < STORES; store++) {
      stores.add(open("store-" + store));
    }

    for (int i = 0; i < VALUES_PER_STORE; i++) {
      for (RocksDB store : stores) {
        random.nextBytes(value);
        store.put(Integer.toString(i).getBytes(UTF_8), value);
      }
    }

    assertThat(STORES * VALUES_PER_STORE * VALUE_BYTES / MEBIBYTE).isEqualTo(240);
    await().atMost(PATIENCE).until(() -> buffered(stores) < 160 * MEBIBYTE);
    assertThat(stores.get(0).get("0".getBytes(UTF_8))).hasSize(VALUE_BYTES);
  }

  /** A file each would be written, and read together again, for every few records. */
  @Test
  void manyStoresKeepSmallRecordsInMemory() throws Exception {
    List<RocksDB> stores = new ArrayList<>();
    for (int store = 0; store < MANY_STORES; store++) {
      stores.add(open("store-" + store));
    }

    for (int i = 0; i < FEW_VALUES; i++) {
      for (RocksDB store : stores) {
        store.put(Integer.toString(i).getBytes(UTF_8), new byte[SMALL_BYTES]);
      }
    }

    for (RocksDB store : stores) {
      assertThat(store.getLongProperty("rocksdb.num-entries-active-mem-table"))
          .isEqualTo(FEW_VALUES);
    }
  }

  /** Once what is full has been written away. */
  private static long buffered(List<RocksDB> stores) throws RocksDBException {
    long bytes = 0;
    for (RocksDB store : stores) {
      bytes += store.getLongProperty("rocksdb.cur-size-all-mem-tables");
    }
    return bytes;
  }

  private RocksDB open(String name) throws RocksDBException {
    Options options =
        new Options()
            .setCreateIfMissing(true)
            .setWriteBufferSize(BUFFER_BYTES)
            .setMaxWriteBufferNumber(3)
            .setTableFormatConfig(new BlockBasedTableConfig());
    memory.setConfig(name, options, Map.of());
    RocksDB store = RocksDB.open(options, folder.resolve(name).toString());
    opened.add(store);
    opened.add(() -> memory.close(name, options));
    opened.add(options);
    return store;
  }
}
