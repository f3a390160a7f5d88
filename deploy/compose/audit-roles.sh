#!/bin/sh
# Runs once, in the audit database's container, when its volume is empty: the group roles that the schema grants to, and
# one login role per process, with the name and password of its URL.
set -eu

user_of() { sed -n -E 's#^postgresql://([^:]+):.*#\1#p' "/run/secrets/$1"; }
password_of() { sed -n -E 's#^postgresql://[^:]+:([^@]+)@.*#\1#p' "/run/secrets/$1"; }

psql --no-psqlrc --set=ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname "$POSTGRES_DB" \
  --set=database="$POSTGRES_DB" \
  --set=owner="$(user_of audit-migrations-url)" --set=owner_password="$(password_of audit-migrations-url)" \
  --set=gateway="$(user_of audit-gateway-url)" --set=gateway_password="$(password_of audit-gateway-url)" \
  --set=control="$(user_of audit-control-url)" --set=control_password="$(password_of audit-control-url)" <<'SQL'
CREATE ROLE sallyport_owner NOLOGIN;
CREATE ROLE sallyport_gateway NOLOGIN;
CREATE ROLE sallyport_control NOLOGIN;
CREATE ROLE sallyport_reader NOLOGIN;
CREATE ROLE sallyport_queue NOLOGIN;
GRANT sallyport_queue TO sallyport_control;
CREATE ROLE :"owner" LOGIN PASSWORD :'owner_password' IN ROLE sallyport_owner;
CREATE ROLE :"gateway" LOGIN PASSWORD :'gateway_password' IN ROLE sallyport_gateway;
CREATE ROLE :"control" LOGIN PASSWORD :'control_password' IN ROLE sallyport_control;
ALTER DATABASE :"database" OWNER TO :"owner";
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO sallyport_gateway, sallyport_control, sallyport_reader;
SQL
