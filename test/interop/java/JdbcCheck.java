import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;
import org.postgresql.plugin.AuthenticationPlugin;
import org.postgresql.plugin.AuthenticationRequestType;
import org.postgresql.util.PSQLException;

/** pgjdbc, the package itself: server-prepared statements, batches, fetch sizes, CopyManager, metadata. */
public final class JdbcCheck {
  static final String SCHEMA = "drv_jdbc";
  static final String FORBIDDEN = "SELECT id FROM public.forbidden";
  static final boolean DIRECT = given("GUARDED") == null;
  static int failed = 0;

  /** The token, asked for at each connection, as programs do whose tokens are short-lived. */
  public static final class TokenPlugin implements AuthenticationPlugin {
    public TokenPlugin(Properties info) {}

    @Override
    public char[] getPassword(AuthenticationRequestType type) {
      return given("TOKEN").toCharArray();
    }
  }

  interface Body {
    void run() throws Exception;
  }

  interface Work {
    void on(Connection connection) throws Exception;
  }

  static String given(String name) {
    String value = System.getenv("INTEROP_" + name);
    return value == null || value.isEmpty() ? null : value;
  }

  static void step(String sentence, Body body) {
    try {
      body.run();
      System.out.println("   ok   " + sentence);
    } catch (Throwable error) {
      failed++;
      System.out.println("   FAIL " + sentence);
      for (Throwable cause = error; cause != null; cause = cause.getCause()) {
        System.out.println("        " + cause.toString().replace("\n", "\n        "));
        for (StackTraceElement at : cause.getStackTrace())
          if (at.getClassName().startsWith("JdbcCheck")) System.out.println("          at " + at);
      }
    }
    System.out.flush();
  }

  /** A step on a connection of its own, which is good afterwards. */
  static void session(String sentence, Work work, String... options) {
    sessionAt(given("DATABASE"), sentence, work, options);
  }

  static void sessionAt(String database, String sentence, Work work, String... options) {
    step(sentence, () -> {
      try (Connection connection = connect(database, options)) {
        work.on(connection);
        if (!connection.getAutoCommit()) {
          connection.rollback();
          connection.setAutoCommit(true);
        }
        expect(one(connection, "SELECT 'alive'"), "alive");
      }
    });
  }

  static void expect(Object actual, Object wanted) {
    if (!Objects.deepEquals(actual, wanted)) throw new AssertionError(show(actual) + " is not " + show(wanted));
  }

  static String show(Object value) {
    return value instanceof Object[] list ? Arrays.deepToString(list) : String.valueOf(value);
  }

  static <T> SQLException refused(Callable<T> body) throws Exception {
    T result;
    try {
      result = body.call();
    } catch (SQLException error) {
      return error;
    }
    throw new AssertionError("no error, but " + result);
  }

  static Connection connect(String database, String... options) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", given("USER"));
    properties.setProperty("sslmode", "verify-full");
    properties.setProperty("sslrootcert", given("CA"));
    properties.setProperty("authenticationPluginClassName", TokenPlugin.class.getName());
    properties.setProperty("loginTimeout", "20");
    properties.setProperty("socketTimeout", "60");
    if (!database.equals(given("GUARDED"))) properties.setProperty("currentSchema", SCHEMA);
    for (int i = 0; i < options.length; i += 2) {
      if (options[i + 1] == null) properties.remove(options[i]);
      else properties.setProperty(options[i], options[i + 1]);
    }
    return DriverManager.getConnection(url(database), properties);
  }

  static String url(String database) {
    return "jdbc:postgresql://" + given("HOST") + ":" + given("PORT") + "/" + database;
  }

  static Object one(Connection connection, String text) throws SQLException {
    try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(text)) {
      rows.next();
      return rows.getObject(1);
    }
  }

  static void execute(Connection connection, String text) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(text);
    }
  }

  static void expectClosed(SQLException error) {
    expect(error.getSQLState(), "42501");
    String message = error.getMessage();
    if (!message.contains("This table is closed.")) throw new AssertionError(message);
    String detail = ((PSQLException) error).getServerErrorMessage().getDetail();
    if (detail == null || !detail.contains("\"rule\":\"nobody looks there\"")) throw new AssertionError(detail);
  }

  public static void main(String[] arguments) throws Exception {
    System.out.println("        pgjdbc " + org.postgresql.util.DriverInfo.DRIVER_VERSION + ", Java " + Runtime.version().feature());
    connecting();
    querying();
    copying();
    waiting();
    transactions();
    if (!DIRECT) guarded();
    session("drops what it made", c -> execute(c, "DROP SCHEMA " + SCHEMA + " CASCADE"));
    System.exit(failed == 0 ? 0 : 1);
  }

  static void connecting() {
    session("connects over TLS with the token of an authentication plugin, and sets up its schema", c -> {
      execute(c, "DROP SCHEMA IF EXISTS " + SCHEMA + " CASCADE; CREATE SCHEMA " + SCHEMA);
      expect(one(c, "SHOW search_path"), SCHEMA);
      expect(one(c, "SHOW application_name"), "PostgreSQL JDBC Driver");
    });
    step("does not connect for another authority, nor with a wrong password", () -> {
      SQLException other = refused(() -> connect(given("DATABASE"), "sslrootcert", "/etc/ssl/certs/ca-certificates.crt"));
      expect(other.getSQLState(), "08006");
      if (!DIRECT) {
        SQLException wrong = refused(() -> connect(given("DATABASE"), "authenticationPluginClassName", null, "password", "no"));
        expect(wrong.getSQLState(), "28P01");
      }
    });
    step("signs in by SCRAM with a minted credential, bound to the channel, and not with another secret", () -> {
      if (given("MINTED_USER") == null) throw new AssertionError(given("MINTED_WHY"));
      String[] options = {"authenticationPluginClassName", null, "user", given("MINTED_USER"), "channelBinding", "require", "password"};
      String[] right = Arrays.copyOf(options, 8);
      right[7] = given("MINTED_SECRET");
      try (Connection c = connect(given("DATABASE"), right)) {
        expect(one(c, "SELECT 1"), 1);
      }
      right[7] = given("MINTED_SECRET") + "x";
      expect(refused(() -> connect(given("DATABASE"), right)).getSQLState(), "28P01");
    });
  }

  static void querying() {
    session("runs simple queries only, where that is asked for", c -> {
      try (PreparedStatement statement = c.prepareStatement("SELECT id, name FROM public.numbers WHERE id = ?")) {
        statement.setInt(1, 3);
        ResultSet rows = statement.executeQuery();
        rows.next();
        expect(rows.getString(2), "number 3");
      }
    }, "preferQueryMode", "simple");
    session("walks through several statements in one", c -> {
      try (Statement statement = c.createStatement()) {
        expect(statement.execute("CREATE TABLE items (id int PRIMARY KEY, name text); SELECT 1; SELECT 2"), false);
        expect(statement.getMoreResults(), true);
        expect(statement.getMoreResults(), true);
        ResultSet rows = statement.getResultSet();
        rows.next();
        expect(rows.getInt(1), 2);
      }
    });
    session("prepares at the server after five executions, and reads binary from then on", c -> {
      String text = "SELECT id, name, amount, at, data, raw FROM public.numbers WHERE id = ?";
      try (PreparedStatement statement = c.prepareStatement(text)) {
        for (int i = 1; i <= 12; i++) {
          statement.setInt(1, i);
          try (ResultSet rows = statement.executeQuery()) {
            expect(rows.next(), true);
            expect(rows.getInt(1), i);
            expect(rows.getString(2), "number " + i);
            expect(rows.getBigDecimal(3), BigDecimal.valueOf(i * 125L, 2));
            expect(rows.getObject(4, OffsetDateTime.class).toEpochSecond(), 1767225600L + i * 60L);
            expect(rows.getString(5), "{\"i\": " + i + "}");
            expect(rows.getBytes(6), new byte[] {0, 0, 0, (byte) i});
          }
          String prepared = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%raw FROM public.numbers%id = $1'";
          expect(one(c, prepared), i >= 5 ? 1L : 0L);
        }
      }
    });
    session("sends every type as a value and gets it back", c -> {
      String text = "SELECT ?::int8, ?::text, ?::bool, ?::numeric, ?::bytea, ?::int4[], ?::date, ?::timestamptz, ?::text";
      try (PreparedStatement statement = c.prepareStatement(text)) {
        for (int turn = 0; turn < 7; turn++) {
          statement.setLong(1, 1L << 40);
          statement.setString(2, "zwölf 🙂");
          statement.setBoolean(3, true);
          statement.setBigDecimal(4, new BigDecimal("1.50"));
          statement.setBytes(5, new byte[] {0, -1});
          statement.setArray(6, c.createArrayOf("int4", new Integer[] {1, null, 3}));
          statement.setDate(7, Date.valueOf("2026-01-02"));
          statement.setObject(8, OffsetDateTime.parse("2026-01-02T03:04:05Z"));
          statement.setNull(9, java.sql.Types.VARCHAR);
          try (ResultSet rows = statement.executeQuery()) {
            rows.next();
            expect(rows.getLong(1), 1L << 40);
            expect(rows.getString(2), "zwölf 🙂");
            expect(rows.getBoolean(3), true);
            expect(rows.getBigDecimal(4), new BigDecimal("1.50"));
            expect(rows.getBytes(5), new byte[] {0, -1});
            Array array = rows.getArray(6);
            expect(array.getArray(), new Integer[] {1, null, 3});
            expect(rows.getDate(7), Date.valueOf("2026-01-02"));
            expect(rows.getObject(8, OffsetDateTime.class).toInstant(), OffsetDateTime.parse("2026-01-02T03:04:05Z").toInstant());
            expect(rows.getString(9), null);
          }
        }
      }
    });
    session("writes a batch, and a batch rewritten into one statement; returns the keys", c -> {
      execute(c, "CREATE TABLE made (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE)");
      try (PreparedStatement statement = c.prepareStatement("INSERT INTO made (name) VALUES (?)", Statement.RETURN_GENERATED_KEYS)) {
        for (int i = 0; i < 300; i++) {
          statement.setString(1, "a" + i);
          statement.addBatch();
        }
        expect(statement.executeBatch().length, 300);
        ResultSet keys = statement.getGeneratedKeys();
        for (int i = 1; i <= 300; i++) {
          expect(keys.next(), true);
          expect(keys.getInt(1), i);
        }
      }
      try (Connection rewriting = connect(given("DATABASE"), "reWriteBatchedInserts", "true");
          PreparedStatement statement = rewriting.prepareStatement("INSERT INTO made (name) VALUES (?)")) {
        for (int i = 0; i < 300; i++) {
          statement.setString(1, "b" + i);
          statement.addBatch();
        }
        statement.executeBatch();
      }
      expect(one(c, "SELECT count(*) FROM made"), 600L);
    });
    session("is told which of a batch failed, and nothing of it stays", c -> {
      c.setAutoCommit(false);
      try (PreparedStatement statement = c.prepareStatement("INSERT INTO made (name) VALUES (?)")) {
        for (String name : List.of("c0", "a1", "c2")) {
          statement.setString(1, name);
          statement.addBatch();
        }
        SQLException error = refused(statement::executeBatch);
        expect(error instanceof BatchUpdateException, true);
        expect(error.getSQLState(), "23505");
      }
      c.rollback();
      expect(one(c, "SELECT count(*) FROM made WHERE name LIKE 'c%'"), 0L);
    });
    session("reads by fetch size through a portal that is suspended again and again", c -> {
      c.setAutoCommit(false);
      try (Statement statement = c.createStatement(); Statement between = c.createStatement()) {
        statement.setFetchSize(100);
        long sum = 0;
        int count = 0;
        try (ResultSet rows = statement.executeQuery("SELECT id FROM public.numbers ORDER BY id")) {
          while (rows.next()) {
            sum += rows.getInt(1);
            if (++count % 1000 == 0) between.execute("SELECT 1");
          }
        }
        expect(sum, 12502500L);
      }
      c.commit();
    });
    session("reads metadata of tables, columns, keys and results", c -> {
      List<String> columns = new ArrayList<>();
      try (ResultSet rows = c.getMetaData().getColumns(null, "public", "numbers", null)) {
        while (rows.next()) columns.add(rows.getString("COLUMN_NAME") + " " + rows.getString("TYPE_NAME"));
      }
      expect(columns, List.of("id int4", "name text", "amount numeric", "at timestamptz", "data jsonb", "raw bytea"));
      try (ResultSet rows = c.getMetaData().getPrimaryKeys(null, "public", "numbers")) {
        expect(rows.next() ? rows.getString("COLUMN_NAME") : null, "id");
      }
      try (Statement statement = c.createStatement(); ResultSet rows = statement.executeQuery("SELECT id, name FROM public.numbers LIMIT 1")) {
        expect(rows.getMetaData().getTableName(2), "numbers");
        expect(rows.getMetaData().isNullable(2), 0);
      }
    });
    session("updates through a result set", c -> {
      try (Statement statement = c.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
          ResultSet rows = statement.executeQuery("SELECT id, name FROM made WHERE id = 1")) {
        rows.next();
        rows.updateString(2, "updated");
        rows.updateRow();
      }
      expect(one(c, "SELECT name FROM made WHERE id = 1"), "updated");
    });
  }

  static void copying() {
    session("copies in as CSV, from a reader and piece by piece", c -> {
      execute(c, "CREATE TABLE copied (id int, name text)");
      CopyManager copies = c.unwrap(PGConnection.class).getCopyAPI();
      expect(copies.copyIn("COPY copied FROM STDIN (FORMAT csv)", new StringReader("1,\"a \"\"b\"\"\"\n2,\n")), 2L);
      CopyIn in = copies.copyIn("COPY copied FROM STDIN");
      byte[] row = "3\tdrei ä\n".getBytes(StandardCharsets.UTF_8);
      for (byte piece : row) in.writeToCopy(new byte[] {piece}, 0, 1);
      expect(in.endCopy(), 1L);
      expect(one(c, "SELECT string_agg(coalesce(name, 'null'), '|' ORDER BY id) FROM copied"), "a \"b\"|null|drei ä");
    });
    session("breaks a copy off, is told of an error in one, and keeps nothing of them", c -> {
      CopyManager copies = c.unwrap(PGConnection.class).getCopyAPI();
      CopyIn in = copies.copyIn("COPY copied FROM STDIN");
      byte[] row = "4\tx\n".getBytes(StandardCharsets.UTF_8);
      in.writeToCopy(row, 0, row.length);
      in.cancelCopy();
      SQLException error = refused(() -> copies.copyIn("COPY copied FROM STDIN", new StringReader("no number\tx\n")));
      expect(error.getSQLState(), "22P02");
      expect(one(c, "SELECT count(*) FROM copied"), 3L);
    });
    session("copies out", c -> {
      StringWriter out = new StringWriter();
      CopyManager copies = c.unwrap(PGConnection.class).getCopyAPI();
      expect(copies.copyOut("COPY (SELECT id, name FROM public.numbers WHERE id < 3 ORDER BY id) TO STDOUT (FORMAT csv, HEADER)", out), 2L);
      expect(out.toString(), "id,name\n1,number 1\n2,number 2\n");
      expect(copies.copyOut("COPY public.numbers TO STDOUT", new StringWriter()), 5000L);
    });
  }

  /** Returns once some session of the server executes pg_sleep: a cancel request that comes earlier hits nothing. */
  static void awaitSleep() throws Exception {
    String superuser = given("SUPERUSERURL").replace("postgres@", "") + "&user=postgres";
    try (Connection c = DriverManager.getConnection("jdbc:" + superuser)) {
      while (one(c, "SELECT max(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == null)
        TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  static void waiting() {
    session("cancels a long query from another thread, and by its time-out", c -> {
      try (Statement statement = c.createStatement()) {
        CompletableFuture.runAsync(() -> {
          try {
            awaitSleep();
            statement.cancel();
          } catch (Exception error) {
            throw new IllegalStateException(error);
          }
        });
        expect(refused(() -> statement.executeQuery("SELECT pg_sleep(50)")).getSQLState(), "57014");
        statement.setQueryTimeout(2);
        expect(refused(() -> statement.executeQuery("SELECT pg_sleep(50)")).getSQLState(), "57014");
      }
    });
    step("listens, and gets what another session notifies", () -> {
      try (Connection listener = connect(given("DATABASE")); Connection speaker = connect(given("DATABASE"))) {
        execute(listener, "LISTEN drv_jdbc");
        execute(speaker, "NOTIFY drv_jdbc, 'one'");
        PGNotification[] got = listener.unwrap(PGConnection.class).getNotifications(20_000);
        expect(got == null ? null : got[0].getName() + " " + got[0].getParameter(), "drv_jdbc one");
        execute(listener, "UNLISTEN *");
      }
    });
    session("is given warnings that a function raises", c -> {
      try (Statement statement = c.createStatement()) {
        statement.execute("DO $$ BEGIN RAISE WARNING 'mind the gap'; END $$");
        expect(statement.getWarnings() == null ? null : statement.getWarnings().getMessage(), "mind the gap");
      }
    });
  }

  static void transactions() {
    session("goes back to a savepoint", c -> {
      c.setAutoCommit(false);
      execute(c, "INSERT INTO items VALUES (1, 'kept')");
      Savepoint savepoint = c.setSavepoint("a");
      expect(refused(() -> one(c, "SELECT 1 / 0")).getSQLState(), "22012");
      expect(refused(() -> one(c, "SELECT 1")).getSQLState(), "25P02");
      c.rollback(savepoint);
      c.commit();
      expect(one(c, "SELECT count(*) FROM items"), 1L);
    });
    session("sets isolation and read-only, and is held to it", c -> {
      c.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
      c.setReadOnly(true);
      c.setAutoCommit(false);
      expect(one(c, "SHOW transaction_isolation"), "serializable");
      expect(refused(() -> {
        execute(c, "INSERT INTO items VALUES (2, 'never')");
        return null;
      }).getSQLState(), "25006");
      c.rollback();
      c.setReadOnly(false);
    });
    session("saves each statement by itself with autosave, errors included", c -> {
      c.setAutoCommit(false);
      execute(c, "INSERT INTO items VALUES (3, 'kept')");
      refused(() -> one(c, "SELECT 1 / 0"));
      execute(c, "INSERT INTO items VALUES (4, 'kept too')");
      c.commit();
      expect(one(c, "SELECT count(*) FROM items WHERE id IN (3, 4)"), 2L);
    }, "autosave", "always");
  }

  static void guarded() {
    sessionAt(given("FENCED"), "is refused outside a transaction, simple and prepared, and goes on", c -> {
      for (int turn = 0; turn < 7; turn++) {
        expectClosed(refused(() -> one(c, FORBIDDEN)));
        try (PreparedStatement statement = c.prepareStatement(FORBIDDEN + " WHERE id = ?")) {
          statement.setInt(1, 1);
          expectClosed(refused(statement::executeQuery));
        }
      }
    });
    sessionAt(given("FENCED"), "has its transaction aborted by a refusal, and begins another", c -> {
      c.setAutoCommit(false);
      execute(c, "INSERT INTO items VALUES (100, 'never')");
      expectClosed(refused(() -> one(c, FORBIDDEN)));
      expect(refused(() -> one(c, "SELECT 1")).getSQLState(), "25P02");
      c.rollback();
      expect(one(c, "SELECT count(*) FROM items WHERE id = 100"), 0L);
    });
    sessionAt(given("FENCED"), "is refused in the middle of a batch, and nothing of it stays", c -> {
      c.setAutoCommit(false);
      try (Statement statement = c.createStatement()) {
        statement.addBatch("INSERT INTO items VALUES (101, 'never')");
        statement.addBatch("DELETE FROM public.forbidden");
        statement.addBatch("INSERT INTO items VALUES (102, 'never')");
        expect(refused(statement::executeBatch).getSQLState(), "42501");
      }
      c.rollback();
      expect(one(c, "SELECT count(*) FROM items WHERE id > 100"), 0L);
    });
    step("decodes masked columns of every type, in text and, after five executions, in binary", () -> {
      String text = "SELECT email, full_name, phone, born, salary, badge, score, big, ratio, active, tags, extra,"
          + " address, seen, photo, city FROM people WHERE id = ?";
      try (Connection c = connect(given("GUARDED")); PreparedStatement statement = c.prepareStatement(text)) {
        for (int i = 1; i <= 8; i++) {
          statement.setInt(1, i);
          try (ResultSet rows = statement.executeQuery()) {
            expect(rows.next(), true);
            expect(rows.getString(1), "****@example.org");
            expect(rows.getString(2), "Z. Y.");
            expect(rows.getString(3), "****" + (1000 + i));
            expect(rows.getDate(4), Date.valueOf("1985-01-01"));
            expect(rows.getBigDecimal(5).signum(), 0);
            expect(rows.getObject(6), java.util.UUID.fromString("00000000-0000-4000-8000-000000000000"));
            expect(rows.getInt(7), 0);
            expect(rows.getLong(8), 0L);
            expect(rows.getDouble(9), 0.0);
            expect(rows.getBoolean(10), false);
            expect(((Object[]) rows.getArray(11).getArray()).length, 0);
            expect(rows.getString(12).replace(" ", ""), "{\"masked\":true}");
            expect(rows.getString(13), "0.0.0.0");
            expect(rows.getObject(14, OffsetDateTime.class).toEpochSecond(), 946684800L);
            expect(rows.getBytes(15), new byte[0]);
            expect(rows.getString(16), "Paris");
          }
        }
      }
    });
    step("reads protected columns by fetch size, masked", () -> {
      try (Connection c = connect(given("GUARDED")); Statement statement = c.createStatement()) {
        c.setAutoCommit(false);
        statement.setFetchSize(50);
        int count = 0;
        try (ResultSet rows = statement.executeQuery("SELECT id, email FROM people")) {
          for (; rows.next(); count++) expect(rows.getString(2), "****@example.org");
        }
        expect(count, 500);
        c.commit();
      }
    });
    step("copies protected columns out, masked", () -> {
      try (Connection c = connect(given("GUARDED"))) {
        StringWriter out = new StringWriter();
        c.unwrap(PGConnection.class).getCopyAPI().copyOut("COPY (SELECT id, email, city FROM people WHERE id = 1) TO STDOUT", out);
        expect(out.toString(), "1\t****@example.org\tParis\n");
      }
    });
  }
}
