# shellcheck shell=bash
# A company for a bridge that is tried as installed: SimpleSAMLphp with one agent, and a proxy that ends
# TLS for both, by an authority of its own. Sourced after lib.sh, by bash; needs what scripts/peers installs.
# Everything is in the directory that is given, on loopback, and ends with company_ends.

COMPANY_PORT=18444
SSO=https://sso.company.example:$COMPANY_PORT
IDP=https://idp.company.example:$COMPANY_PORT/simplesaml
PASSWORD='correct horse'

# The directory $1 is the company's; its proxy sends $SSO to the port $2.
company_begins() {
    COMPANY=$1
    mkdir -p "$COMPANY"/{metadata,cert,log,data,tmp,sessions,tls}
    cp -r tests/peers/simplesamlphp/. "$COMPANY/"
    company_tls
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=SimpleSAMLphp \
        -keyout "$COMPANY/cert/idp.key" -out "$COMPANY/cert/idp.pem" 2>/dev/null
    echo '[]' >"$COMPANY/sp.json"
    # shellcheck disable=SC2016 # PHP's own
    echo '<?php return json_decode(file_get_contents(__DIR__ . "/instance.json"), true);' >"$COMPANY/instance.php"
    cat >"$COMPANY/instance.json" <<JSON
{"base_url": "$IDP/", "secret_salt": "only-for-this-trial", "people": {"ann:$PASSWORD": {
  "uid": ["ann"], "mail": ["ann@company.example"], "displayName": ["Ann Tan"], "roles": ["agent"],
  "physicalDeliveryOfficeName": ["SG-01"]}}}
JSON
    company_php
    company_proxy "$2"
    for _ in $(seq 100); do
        curl -fsS --cacert "$COMPANY/tls/ca.pem" --resolve "idp.company.example:$COMPANY_PORT:127.0.0.1" \
            "$IDP/saml2/idp/metadata.php" >/dev/null 2>&1 && return
        sleep 0.1
    done
    tail -n 20 "$COMPANY"/log/* >&2
    fail "SimpleSAMLphp does not answer"
}

company_tls() {
    (
        cd "$COMPANY/tls"
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=The trial authority' -keyout ca.key -out ca.pem
        openssl req -newkey rsa:2048 -nodes -subj /CN=company.example -keyout tls.key -out tls.csr
        printf 'subjectAltName=DNS:sso.company.example,DNS:idp.company.example\nbasicConstraints=CA:FALSE\n' >ext
        openssl x509 -req -days 2 -in tls.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile ext -out tls.pem
    ) 2>/dev/null
}

company_php() {
    cat >"$COMPANY/php-fpm.conf" <<CONF
[global]
error_log = $COMPANY/log/php-fpm.log
daemonize = no
[company]
user = root
group = root
listen = $COMPANY/php.sock
pm = static
pm.max_children = 2
env[SIMPLESAMLPHP_CONFIG_DIR] = $COMPANY
php_admin_value[session.save_path] = $COMPANY/sessions
php_admin_value[sys_temp_dir] = $COMPANY/tmp
CONF
    "$(command -v php-fpm8.2 || command -v php-fpm)" -F -R -y "$COMPANY/php-fpm.conf" 2>/dev/null &
    COMPANY_PHP=$!
}

# The bridge's part is what docs/going-live.md says.
company_proxy() {
    cat >"$COMPANY/nginx.conf" <<CONF
daemon off; master_process off; pid $COMPANY/nginx.pid; error_log $COMPANY/log/nginx.log;
events {}
http {
    access_log off;
    client_body_temp_path $COMPANY/tmp/body; fastcgi_temp_path $COMPANY/tmp/fastcgi;
    proxy_temp_path $COMPANY/tmp/proxy; scgi_temp_path $COMPANY/tmp/scgi; uwsgi_temp_path $COMPANY/tmp/uwsgi;
    ssl_certificate $COMPANY/tls/tls.pem; ssl_certificate_key $COMPANY/tls/tls.key;
    client_max_body_size 2m;
    large_client_header_buffers 4 32k;
    server {
        listen 127.0.0.1:$COMPANY_PORT ssl;
        server_name sso.company.example;
        location / {
            proxy_pass http://127.0.0.1:$1;
            proxy_http_version 1.1;
            proxy_set_header Host \$host;
            proxy_set_header X-Forwarded-For \$proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto \$scheme;
        }
    }
    server {
        listen 127.0.0.1:$COMPANY_PORT ssl;
        server_name idp.company.example;
        location ^~ /simplesaml {
            alias /usr/share/simplesamlphp/www;
            location ~ ^(?<prefix>/simplesaml)(?<script>.+?\.php)(?<info>/.*)?\$ {
                include /etc/nginx/fastcgi.conf;
                fastcgi_pass unix:$COMPANY/php.sock;
                fastcgi_param SCRIPT_FILENAME \$document_root\$script;
                fastcgi_param SCRIPT_NAME /simplesaml\$script;
                fastcgi_param PATH_INFO \$info if_not_empty;
            }
        }
    }
}
CONF
    nginx -e "$COMPANY/log/nginx.log" -p "$COMPANY" -c "$COMPANY/nginx.conf" &
    COMPANY_NGINX=$!
}

# What an administrator enters at the identity provider, out of `flexbridge setup --format json` on standard input.
company_trusts() {
    python3 - "$COMPANY/sp.json" 3<&0 <<'PYTHON'
import json, os, sys
setup = json.load(os.fdopen(3))
values = [field["value"] for field in setup["identity_provider"]]
entity_id = next(value for value in values if "/saml/sp/" in value and not value.endswith(("/acs", "/metadata")))
acs_url = next(value for value in values if value.endswith("/acs"))
json.dump([{
    "entity_id": entity_id, "acs_url": acs_url, "certificate": None,
    "name_id_format": "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
    "attribute_name_format": "urn:oasis:names:tc:SAML:2.0:attrname-format:basic",
    "sign_assertion": True, "sign_response": True, "require_signed_requests": False, "encrypt_assertion": False,
}], open(sys.argv[1], "w"))
PYTHON
}

# Ann signs in to Flex; the bridge's certificate is in the file $1. She must arrive at the location $2.
company_signs_in() {
    tests/peers/.venv/bin/python tests/peers/python/sign_in.py --bridge "$SSO" --flex production --connection JQ0123 \
        --certificate "$1" --ca "$COMPANY/tls/ca.pem" --user ann --password "$PASSWORD" --location "$2"
}

# The Debian in the directory $1 finds the company, and trusts its authority.
company_known_in() {
    echo '127.0.0.1 localhost sso.company.example idp.company.example' >"$1/etc/hosts"
    mkdir -p "$1/usr/local/share/ca-certificates"
    cp "$COMPANY/tls/ca.pem" "$1/usr/local/share/ca-certificates/company.crt"
    chroot "$1" update-ca-certificates >/dev/null 2>&1
}

company_ends() {
    for process in ${COMPANY_PHP:-} ${COMPANY_NGINX:-}; do
        kill "$process" 2>/dev/null || true
        wait "$process" 2>/dev/null || true
    done
}
