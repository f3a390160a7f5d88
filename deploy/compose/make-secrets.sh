#!/bin/sh
# Makes the secrets of docker-compose.yml below deploy/compose/secrets, those that are missing. Wants openssl.
# The folder is for its owner only; the files in it are readable, since containers do not run as that owner.
set -eu

cd "$(dirname "$0")"
umask 077
mkdir -p secrets
cd secrets

random() { openssl rand -hex 24; }
put() {
  if [ ! -s "$1" ]; then
    printf '%s\n' "$2" >"$1"
    echo "made deploy/compose/secrets/$1"
  fi
  chmod 0644 "$1"
}

put postgres-password "$(random)"
put audit-gateway-url "postgresql://audit_gateway:$(random)@postgres:5432/audit"
put audit-control-url "postgresql://audit_control:$(random)@postgres:5432/audit"
put audit-migrations-url "postgresql://audit_migrations:$(random)@postgres:5432/audit"
put queue-url "redis://:$(random)@redis:6379/0"
put crm-password "$(random)"
put prod-kubeconfig "{apiVersion: v1, kind: Config, current-context: prod,
  clusters: [{name: prod, cluster: {server: 'https://cluster.example.com:6443'}}],
  users: [{name: gateway, user: {token: $(random)}}],
  contexts: [{name: prod, context: {cluster: prod, user: gateway}}]}"

if [ ! -s tls-key ] || [ ! -s tls-certificate ]; then
  name="${SALLYPORT_HOST:-localhost}"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -sha256 -nodes -days 365 -subj "/CN=$name" \
    -addext "subjectAltName=DNS:$name,DNS:localhost,IP:127.0.0.1" -keyout tls-key -out tls-certificate 2>/dev/null
  chmod 0644 tls-key tls-certificate
  echo "made a self-signed certificate for $name: deploy/compose/secrets/tls-certificate"
fi
echo "put the real password of the target's role into deploy/compose/secrets/crm-password"
echo "put a kubeconfig of your cluster, without commands and paths in it, into deploy/compose/secrets/prod-kubeconfig"
