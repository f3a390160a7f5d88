// Command interop drives pgx, the package itself, and tells its steps as the other checks do.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"os"
	"reflect"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	schema    = "drv_pgx"
	forbidden = "SELECT id FROM public.forbidden"
)

var (
	direct = given("GUARDED") == ""
	failed = 0
)

func given(name string) string { return os.Getenv("INTEROP_" + name) }

func step(sentence string, body func(ctx context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := body(ctx); err != nil {
		failed++
		fmt.Printf("   FAIL %s\n        %s\n", sentence, strings.ReplaceAll(err.Error(), "\n", "\n        "))
		return
	}
	fmt.Printf("   ok   %s\n", sentence)
}

// session is a step on a connection of its own, which is good afterwards.
func session(sentence, database string, body func(ctx context.Context, c *pgx.Conn) error) {
	step(sentence, func(ctx context.Context) error {
		c, err := connect(ctx, database, nil)
		if err != nil {
			return err
		}
		defer c.Close(ctx)
		if err := body(ctx, c); err != nil {
			return err
		}
		var alive int
		return errors.Join(c.QueryRow(ctx, "SELECT $1::int + 1", 1).Scan(&alive), expect(alive, 2))
	})
}

func config(database string) (*pgx.ConnConfig, error) {
	options := fmt.Sprintf("host=%s port=%s dbname=%s sslmode=verify-full sslrootcert='%s' connect_timeout=20",
		given("HOST"), given("PORT"), database, given("CA"))
	config, err := pgx.ParseConfig(options)
	if err != nil {
		return nil, err
	}
	config.User = given("USER")
	config.Password = given("TOKEN")
	if database != given("GUARDED") {
		config.RuntimeParams["search_path"] = schema
	}
	return config, nil
}

func connect(ctx context.Context, database string, change func(*pgx.ConnConfig)) (*pgx.Conn, error) {
	config, err := config(database)
	if err != nil {
		return nil, err
	}
	if change != nil {
		change(config)
	}
	return pgx.ConnectConfig(ctx, config)
}

func expect(actual, wanted any) error {
	if reflect.DeepEqual(actual, wanted) {
		return nil
	}
	return fmt.Errorf("%#v is not %#v\n%s", actual, wanted, caller())
}

// caller says where an expectation was not met.
func caller() string {
	for line := range strings.SplitSeq(string(debug.Stack()), "\n") {
		if strings.Contains(line, "main.go:") && !strings.Contains(line, "debug.Stack") {
			at := line[strings.LastIndex(line, "main.go:"):]
			if number, _ := strconv.Atoi(strings.Fields(strings.TrimPrefix(at, "main.go:"))[0]); number > 110 {
				return at
			}
		}
	}
	return ""
}

// expectCode wants an error of the server with this SQLSTATE.
func expectCode(err error, code string) error {
	var server *pgconn.PgError
	if !errors.As(err, &server) {
		return fmt.Errorf("%v is no error of the server", err)
	}
	return expect(server.Code, code)
}

func expectClosed(err error) error {
	if wrong := expectCode(err, "42501"); wrong != nil {
		return wrong
	}
	var server *pgconn.PgError
	errors.As(err, &server)
	if !strings.Contains(server.Message, "This table is closed.") || !strings.Contains(server.Detail, `"rule":"nobody looks there"`) {
		return fmt.Errorf("%s: %s", server.Message, server.Detail)
	}
	return nil
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "masked-types" {
		if err := maskedTypes(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	version := "?"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == "github.com/jackc/pgx/v5" {
				version = module.Version
			}
		}
	}
	fmt.Printf("        pgx %s\n", version)
	connecting()
	querying()
	copying()
	waiting()
	if !direct {
		guarded()
	}
	session("drops what it made", given("DATABASE"), func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, "DROP SCHEMA "+schema+" CASCADE")
		return err
	})
	if failed > 0 {
		os.Exit(1)
	}
}

func connecting() {
	database := given("DATABASE")
	session("connects over TLS, with startup parameters, and sets up its schema", database, func(ctx context.Context, c *pgx.Conn) error {
		var path string
		err := c.QueryRow(ctx, "SHOW search_path").Scan(&path)
		_, made := c.Exec(ctx, "DROP SCHEMA IF EXISTS "+schema+" CASCADE; CREATE SCHEMA "+schema)
		return errors.Join(err, made, expect(path, schema))
	})
	step("gets its token anew for each connection of a pool", func(ctx context.Context) error {
		options, err := pgxpool.ParseConfig(fmt.Sprintf("host=%s port=%s dbname=%s user=nobody sslmode=verify-full sslrootcert='%s' pool_max_conns=4",
			given("HOST"), given("PORT"), database, given("CA")))
		if err != nil {
			return err
		}
		asked := make(chan struct{}, 100)
		options.BeforeConnect = func(_ context.Context, config *pgx.ConnConfig) error {
			config.User, config.Password = given("USER"), given("TOKEN")
			asked <- struct{}{}
			return nil
		}
		pool, err := pgxpool.NewWithConfig(ctx, options)
		if err != nil {
			return err
		}
		defer pool.Close()
		results := make(chan error, 100)
		for i := range 100 {
			go func() {
				var got int
				results <- errors.Join(pool.QueryRow(ctx, "SELECT $1::int", i).Scan(&got), expect(got, i))
			}()
		}
		for range 100 {
			err = errors.Join(err, <-results)
		}
		if len(asked) < 1 || len(asked) > 4 {
			err = errors.Join(err, fmt.Errorf("asked %d times", len(asked)))
		}
		return err
	})
	step("does not connect for another authority", func(ctx context.Context) error {
		_, err := connect(ctx, database, func(config *pgx.ConnConfig) {
			config.TLSConfig = &tls.Config{ServerName: given("HOST"), RootCAs: x509.NewCertPool()}
			config.Fallbacks = nil
		})
		if err == nil || !strings.Contains(err.Error(), "certificate") {
			return fmt.Errorf("connected, or %w", err)
		}
		return nil
	})
	for _, protocol := range []string{"3.0", "3.2", "latest"} {
		step("speaks TLS from the first byte, and protocol "+protocol, func(ctx context.Context) error {
			options := fmt.Sprintf("host=%s port=%s dbname=%s sslmode=verify-full sslrootcert='%s' sslnegotiation=direct max_protocol_version=%s",
				given("HOST"), given("PORT"), database, given("CA"), protocol)
			config, err := pgx.ParseConfig(options)
			if err != nil {
				return err
			}
			config.User, config.Password = given("USER"), given("TOKEN")
			c, err := pgx.ConnectConfig(ctx, config)
			if err != nil {
				return err
			}
			defer c.Close(ctx)
			length := 32
			if protocol == "3.0" {
				length = 4
			}
			if err := expect(len(c.PgConn().SecretKey()), length); err != nil {
				return err
			}
			return cancelling(ctx, c)
		})
	}
	for _, binding := range []string{"disable", "require"} {
		step("signs in by SCRAM with a minted credential, channel binding "+binding+", and not with another secret", func(ctx context.Context) error {
			if given("MINTED_USER") == "" {
				return errors.New(given("MINTED_WHY"))
			}
			by := func(secret string) func(*pgx.ConnConfig) {
				return func(config *pgx.ConnConfig) {
					config.User, config.Password, config.ChannelBinding = given("MINTED_USER"), secret, binding
				}
			}
			c, err := connect(ctx, database, by(given("MINTED_SECRET")))
			if err != nil {
				return err
			}
			err = c.Close(ctx)
			_, wrong := connect(ctx, database, by(given("MINTED_SECRET")+"x"))
			return errors.Join(err, expectCode(wrong, "28P01"))
		})
	}
}

func querying() {
	database := given("DATABASE")
	session("runs several statements by the simple protocol", database, func(ctx context.Context, c *pgx.Conn) error {
		results, err := c.PgConn().Exec(ctx, "CREATE TABLE items (id int PRIMARY KEY, name text); INSERT INTO items VALUES (1, 'a'); SELECT 2").ReadAll()
		if err != nil {
			return err
		}
		return expect([]any{len(results), results[1].CommandTag.String(), string(results[2].Rows[0][0])}, []any{3, "INSERT 0 1", "2"})
	})
	for mode, name := range map[pgx.QueryExecMode]string{
		pgx.QueryExecModeCacheStatement: "cached statements", pgx.QueryExecModeCacheDescribe: "cached descriptions",
		pgx.QueryExecModeDescribeExec: "a description each time", pgx.QueryExecModeExec: "texts", pgx.QueryExecModeSimpleProtocol: "simple queries",
	} {
		session("runs the same statement again and again with "+name, database, func(ctx context.Context, c *pgx.Conn) error {
			for i := 1; i <= 10; i++ {
				var text string
				var at time.Time
				var raw []byte
				err := c.QueryRow(ctx, "SELECT name, at, raw FROM public.numbers WHERE id = $1", mode, i).Scan(&text, &at, &raw)
				if err = errors.Join(err, expect(text, fmt.Sprintf("number %d", i)), expect(raw, []byte{0, 0, 0, byte(i)}),
					expect(at.Unix(), int64(1767225600+60*i))); err != nil {
					return err
				}
			}
			return nil
		})
	}
	session("sends a batch as one pipeline; an error in it undoes all of it", database, func(ctx context.Context, c *pgx.Conn) error {
		batch := &pgx.Batch{}
		for i := 10; i < 60; i++ {
			batch.Queue("INSERT INTO items VALUES ($1, $2)", i, fmt.Sprint(i))
		}
		if err := c.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		broken := &pgx.Batch{}
		broken.Queue("INSERT INTO items VALUES ($1, 'never')", 100)
		broken.Queue("SELECT 1 / $1::int", 0)
		broken.Queue("INSERT INTO items VALUES ($1, 'nor this')", 101)
		if err := expectCode(c.SendBatch(ctx, broken).Close(), "22012"); err != nil {
			return err
		}
		var count int
		return errors.Join(c.QueryRow(ctx, "SELECT count(*) FROM items").Scan(&count), expect(count, 51))
	})
	session("pipelines by hand, with an error that its Sync ends", database, func(ctx context.Context, c *pgx.Conn) error {
		pipeline := c.PgConn().StartPipeline(ctx)
		for _, text := range []string{"SELECT 1", "SELECT 1/0", "SELECT 2"} {
			pipeline.SendQueryParams(text, nil, nil, nil, nil)
			pipeline.SendPipelineSync()
		}
		if err := pipeline.Flush(); err != nil {
			return err
		}
		told := []string{}
		for {
			result, err := pipeline.GetResults()
			if err != nil {
				var server *pgconn.PgError
				if !errors.As(err, &server) {
					return err
				}
				told = append(told, server.Code)
				continue
			}
			if result == nil {
				break
			}
			if reader, ok := result.(*pgconn.ResultReader); ok {
				read := reader.Read()
				if read.Err != nil {
					told = append(told, "22012")
					continue
				}
				told = append(told, string(read.Rows[0][0]))
			} else if len(told) > 0 && told[len(told)-1] != "Z" {
				told = append(told, "Z")
			}
			if len(told) >= 6 {
				break
			}
		}
		return errors.Join(pipeline.Close(), expect(told, []string{"1", "Z", "22012", "Z", "2", "Z"}))
	})
	session("reads through a cursor of SQL and keeps it over others", database, func(ctx context.Context, c *pgx.Conn) error {
		tx, err := c.Begin(ctx)
		if err != nil {
			return err
		}
		defer tx.Rollback(ctx)
		for _, name := range []string{"one", "two"} {
			if _, err := tx.Exec(ctx, "DECLARE "+name+" CURSOR FOR SELECT id FROM public.numbers ORDER BY id"); err != nil {
				return err
			}
		}
		for i := range 3 {
			for _, name := range []string{"one", "two"} {
				rows, err := tx.Query(ctx, "FETCH 10 FROM "+name)
				if err != nil {
					return err
				}
				ids, err := pgx.CollectRows(rows, pgx.RowTo[int32])
				if err != nil {
					return err
				}
				if err := expect([]any{len(ids), ids[0]}, []any{10, int32(10*i + 1)}); err != nil {
					return err
				}
			}
		}
		return tx.Commit(ctx)
	})
	session("nests transactions", database, func(ctx context.Context, c *pgx.Conn) error {
		err := pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "INSERT INTO items VALUES (200, 'kept')"); err != nil {
				return err
			}
			inner := pgx.BeginFunc(ctx, tx, func(nested pgx.Tx) error {
				_, err := nested.Exec(ctx, "INSERT INTO items VALUES (200, 'again')")
				return err
			})
			return expectCode(inner, "23505")
		})
		var name string
		return errors.Join(err, c.QueryRow(ctx, "SELECT name FROM items WHERE id = 200").Scan(&name), expect(name, "kept"))
	})
}

func copying() {
	database := given("DATABASE")
	session("copies rows in, binary", database, func(ctx context.Context, c *pgx.Conn) error {
		if _, err := c.Exec(ctx, "CREATE TABLE copied (id int, name text, at timestamptz)"); err != nil {
			return err
		}
		count, err := c.CopyFrom(ctx, pgx.Identifier{"copied"}, []string{"id", "name", "at"}, pgx.CopyFromSlice(2000, func(i int) ([]any, error) {
			return []any{int32(i), fmt.Sprintf("n%d", i), time.Unix(int64(i), 0)}, nil
		}))
		var sum int64
		return errors.Join(err, expect(count, int64(2000)), c.QueryRow(ctx, "SELECT sum(id) FROM copied").Scan(&sum), expect(sum, int64(1999000)))
	})
	session("breaks a copy off when its source fails, and keeps nothing of it", database, func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.CopyFrom(ctx, pgx.Identifier{"copied"}, []string{"id"}, pgx.CopyFromFunc(func() ([]any, error) {
			return nil, errors.New("no more")
		}))
		if err == nil {
			return errors.New("no error")
		}
		var count int
		return errors.Join(c.QueryRow(ctx, "SELECT count(*) FROM copied").Scan(&count), expect(count, 2000))
	})
	session("copies out and in as text", database, func(ctx context.Context, c *pgx.Conn) error {
		var out bytes.Buffer
		tag, err := c.PgConn().CopyTo(ctx, &out, "COPY public.numbers TO STDOUT (FORMAT csv)")
		if err = errors.Join(err, expect(tag.String(), "COPY 5000"), expect(bytes.Count(out.Bytes(), []byte("\n")), 5000)); err != nil {
			return err
		}
		if _, err := c.Exec(ctx, "CREATE TABLE again (LIKE public.numbers)"); err != nil {
			return err
		}
		tag, err = c.PgConn().CopyFrom(ctx, &out, "COPY again FROM STDIN (FORMAT csv)")
		var differ int
		return errors.Join(err, expect(tag.String(), "COPY 5000"),
			c.QueryRow(ctx, "SELECT count(*) FROM (TABLE again EXCEPT TABLE public.numbers) x").Scan(&differ), expect(differ, 0))
	})
}

// asleep returns once some session of the server executes pg_sleep: a cancel request that comes earlier hits nothing.
func asleep(ctx context.Context) error {
	superuser, err := pgx.Connect(ctx, given("SUPERUSERURL"))
	if err != nil {
		return err
	}
	defer superuser.Close(ctx)
	for {
		var sleeping bool
		text := "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep')"
		if err := superuser.QueryRow(ctx, text).Scan(&sleeping); err != nil || sleeping {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// cancelling cancels a long query by a cancel request and goes on.
func cancelling(ctx context.Context, c *pgx.Conn) error {
	go func() {
		if asleep(ctx) == nil {
			_ = c.PgConn().CancelRequest(ctx)
		}
	}()
	_, err := c.Exec(ctx, "SELECT pg_sleep(50)")
	if err := expectCode(err, "57014"); err != nil {
		return err
	}
	return c.Ping(ctx)
}

func waiting() {
	database := given("DATABASE")
	session("cancels a long query and goes on", database, cancelling)
	session("listens, and gets what another session notifies, while idle", database, func(ctx context.Context, c *pgx.Conn) error {
		speaker, err := connect(ctx, database, nil)
		if err != nil {
			return err
		}
		defer speaker.Close(ctx)
		if _, err := c.Exec(ctx, "LISTEN drv_pgx"); err != nil {
			return err
		}
		if _, err := speaker.Exec(ctx, "SELECT pg_notify('drv_pgx', $1)", "hello"); err != nil {
			return err
		}
		limited, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		heard, err := c.WaitForNotification(limited)
		if err != nil {
			return err
		}
		return expect([]string{heard.Channel, heard.Payload}, []string{"drv_pgx", "hello"})
	})
}

type person struct {
	email, name, phone string
	born               time.Time
	salary             pgtype.Numeric
	badge              [16]byte
	score              int32
	big                int64
	ratio              float64
	active             bool
	tags               []string
	extra              string
	address            netip.Prefix
	seen               time.Time
	photo              []byte
	city               string
}

func guarded() {
	step("signs in by OAUTHBEARER with a token from the program, and not with another", func(ctx context.Context) error {
		by := func(token string) func(*pgx.ConnConfig) {
			return func(config *pgx.ConnConfig) {
				config.Password = ""
				config.OAuthTokenProvider = func(context.Context) (string, error) { return token, nil }
			}
		}
		c, err := connect(ctx, given("OAUTH"), by(given("TOKEN")))
		if err != nil {
			return err
		}
		err = errors.Join(c.Ping(ctx), c.Close(ctx))
		if _, wrong := connect(ctx, given("OAUTH"), by("bm90IGEgdG9rZW4")); wrong == nil {
			err = errors.Join(err, errors.New("another token was let in"))
		}
		return err
	})
	session("is refused outside a transaction, and goes on", given("FENCED"), func(ctx context.Context, c *pgx.Conn) error {
		for range 3 {
			_, simple := c.PgConn().Exec(ctx, forbidden).ReadAll()
			_, prepared := c.Exec(ctx, forbidden+" WHERE id = $1", 1)
			if err := errors.Join(expectClosed(simple), expectClosed(prepared)); err != nil {
				return err
			}
		}
		return nil
	})
	session("has its transaction aborted by a refusal, and begins another", given("FENCED"), func(ctx context.Context, c *pgx.Conn) error {
		tx, err := c.Begin(ctx)
		if err != nil {
			return err
		}
		_, inserted := tx.Exec(ctx, "INSERT INTO items VALUES (300, 'never')")
		_, refused := tx.Exec(ctx, forbidden)
		_, aborted := tx.Exec(ctx, "SELECT 1")
		if err := errors.Join(inserted, expectClosed(refused), expectCode(aborted, "25P02")); err != nil {
			return err
		}
		if err := tx.Commit(ctx); !errors.Is(err, pgx.ErrTxCommitRollback) {
			return fmt.Errorf("the commit ended with %v", err)
		}
		var count int
		return errors.Join(c.QueryRow(ctx, "SELECT count(*) FROM items WHERE id = 300").Scan(&count), expect(count, 0))
	})
	session("is refused in the middle of a batch, which is undone", given("FENCED"), func(ctx context.Context, c *pgx.Conn) error {
		batch := &pgx.Batch{}
		batch.Queue("INSERT INTO items VALUES ($1, 'never')", 301)
		batch.Queue("DELETE FROM public.forbidden WHERE id = $1", 1)
		batch.Queue("INSERT INTO items VALUES ($1, 'nor this')", 302)
		if err := expectClosed(c.SendBatch(ctx, batch).Close()); err != nil {
			return err
		}
		var count int
		return errors.Join(c.QueryRow(ctx, "SELECT count(*) FROM items WHERE id > 300").Scan(&count), expect(count, 0))
	})
	session("decodes masked columns of every type", given("GUARDED"), func(ctx context.Context, c *pgx.Conn) error {
		var p person
		err := c.QueryRow(ctx, "SELECT email, full_name, phone, born, salary, badge, score, big, ratio, active, tags, extra,"+
			" address, seen, photo, city FROM people WHERE id = $1", 1).Scan(&p.email, &p.name, &p.phone, &p.born, &p.salary, &p.badge,
			&p.score, &p.big, &p.ratio, &p.active, &p.tags, &p.extra, &p.address, &p.seen, &p.photo, &p.city)
		if err != nil {
			return err
		}
		return errors.Join(
			expect([]any{p.email, p.name, p.phone, p.score, p.big, p.ratio, p.active, p.city},
				[]any{"****@example.org", "Z. Y.", "****1001", int32(0), int64(0), 0.0, false, "Paris"}),
			expect(p.born.Format(time.DateOnly), "1985-01-01"), expect(p.salary.Int.Cmp(big.NewInt(0)), 0), expect(len(p.tags), 0),
			expect(fmt.Sprintf("%x", p.badge), "00000000000040008000000000000000"), expect(p.extra, `{"masked": true}`),
			expect(p.address.String(), "0.0.0.0/32"), expect(p.seen.Unix(), int64(946684800)), expect(len(p.photo), 0))
	})
	session("copies protected columns out, masked", given("GUARDED"), func(ctx context.Context, c *pgx.Conn) error {
		var out bytes.Buffer
		_, err := c.PgConn().CopyTo(ctx, &out, "COPY (SELECT id, email, phone FROM people WHERE id = 1) TO STDOUT")
		return errors.Join(err, expect(out.String(), "1\t****@example.org\t****1001\n"))
	})
}
