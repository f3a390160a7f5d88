#!/usr/bin/env bash
# pki.sh DIR: keys and certificates of a test cluster in DIR, of which everything else there is made. Needs openssl.
set -euo pipefail
cd "$1"
umask 077

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
leaf() { # NAME SUBJECT USAGE [NAMES]
  key "$1"
  openssl req -new -key "$1.key" -subj "$2" -out "$1.csr" 2>/dev/null
  {
    echo "keyUsage=critical,digitalSignature"
    echo "extendedKeyUsage=$3"
    [ -z "${4:-}" ] || echo "subjectAltName=$4"
  } >"$1.ext"
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -extfile "$1.ext" -out "$1.crt" 2>/dev/null
}

key ca
openssl req -x509 -new -key ca.key -subj /CN=kube-test-ca -days 3650 -out ca.crt -addext 'keyUsage=critical,keyCertSign,cRLSign,digitalSignature' 2>/dev/null
leaf apiserver /CN=kube-apiserver serverAuth IP:127.0.0.1,IP:10.0.0.1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc
leaf kubelet /CN=test-kubelet serverAuth IP:127.0.0.1,DNS:localhost
leaf admin /O=system:masters/CN=admin clientAuth
leaf kubelet-client /O=system:masters/CN=kube-apiserver-kubelet-client clientAuth
leaf proxy-client /CN=front-proxy-client clientAuth
leaf controllers /O=system:masters/CN=system:kube-controller-manager clientAuth
openssl genrsa -out sa.key 2048 2>/dev/null
openssl rsa -in sa.key -pubout -out sa.pub 2>/dev/null
