package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
)

// maskedTypes decodes one column after the other and prints, as JSON, what went wrong with each; null where nothing did.
func maskedTypes() error {
	var asked struct {
		User, Token, Host, Ca, Database string
		Port                            int
		Cells                           []string
	}
	if err := json.Unmarshal([]byte(os.Getenv("MASKED")), &asked); err != nil {
		return err
	}
	options := fmt.Sprintf("host=%s port=%d dbname=%s sslmode=verify-full sslrootcert='%s' connect_timeout=20",
		asked.Host, asked.Port, asked.Database, asked.Ca)
	config, err := pgx.ParseConfig(options)
	if err != nil {
		return err
	}
	config.User, config.Password = asked.User, asked.Token
	ctx := context.Background()
	connection, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer connection.Close(ctx)
	said := map[string]*string{}
	for _, cell := range asked.Cells {
		said[cell] = nil
		table, column, _ := strings.Cut(cell, ".")
		for range 2 {
			if err := decodeColumn(ctx, connection, fmt.Sprintf("SELECT %s FROM %s WHERE id = $1", column, table)); err != nil {
				text := err.Error()
				said[cell] = &text
			}
		}
	}
	return json.NewEncoder(os.Stdout).Encode(said)
}

func decodeColumn(ctx context.Context, connection *pgx.Conn, text string) error {
	rows, err := connection.Query(ctx, text, 1)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		return fmt.Errorf("no row: %w", rows.Err())
	}
	if _, err := rows.Values(); err != nil {
		return err
	}
	rows.Close()
	return rows.Err()
}
