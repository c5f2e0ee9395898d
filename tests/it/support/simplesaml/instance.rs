//! One private SimpleSAMLphp: its folder, PHP-FPM and nginx.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use url::Url;

use super::{Person, SpMetadata};
use crate::support::child::Server;
use crate::support::identity::SigningIdentity;
use crate::support::peers;

/// Fills `folder` with everything SimpleSAMLphp reads, the service providers excepted.
pub(super) fn write_configuration(
    folder: &Path,
    base: &Url,
    identity: &SigningIdentity,
    people: &[Person],
) {
    for below in ["metadata", "cert", "log", "data", "tmp", "sessions"] {
        fs::create_dir(folder.join(below)).unwrap();
    }
    let peer = peers::in_checkout("tests/peers/simplesamlphp");
    for file in [
        "config.php",
        "authsources.php",
        "metadata/saml20-idp-hosted.php",
        "metadata/saml20-sp-remote.php",
    ] {
        fs::copy(peer.join(file), folder.join(file)).unwrap();
    }
    fs::write(folder.join("cert/idp.pem"), &identity.certificate).unwrap();
    let key = folder.join("cert/idp.key");
    fs::write(&key, &identity.private_key).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let instance = json!({
        "base_url": base.as_str(),
        "secret_salt": "only-for-this-test",
        "people": people.iter().map(person_to_json).collect::<serde_json::Map<_, _>>(),
    });
    fs::write(folder.join("instance.json"), instance.to_string()).unwrap();
    fs::write(
        folder.join("instance.php"),
        "<?php\nreturn json_decode(file_get_contents(__DIR__ . '/instance.json'), true);\n",
    )
    .unwrap();
}

fn person_to_json(person: &Person) -> (String, Value) {
    let attributes: serde_json::Map<_, _> = person
        .attributes
        .iter()
        .map(|(name, values)| ((*name).to_owned(), json!(values)))
        .collect();
    (
        format!("{}:{}", person.user, person.password),
        attributes.into(),
    )
}

/// Replaces the service providers; the next request sees them.
pub(super) fn write_service_providers(folder: &Path, service_providers: &[SpMetadata]) {
    let all: Vec<Value> = service_providers.iter().map(SpMetadata::to_json).collect();
    // Written aside and renamed: a request may be reading it.
    let aside = folder.join("sp.json.new");
    fs::write(&aside, Value::from(all).to_string()).unwrap();
    fs::rename(aside, folder.join("sp.json")).unwrap();
}

/// Starts PHP-FPM on a socket in `folder`.
pub(super) fn start_php(folder: &Path) -> Server {
    let path = folder.display();
    let pool = format!(
        "[global]\nerror_log = {path}/log/php-fpm.log\ndaemonize = no\n\
         [ssp]\nuser = root\ngroup = root\nlisten = {path}/php.sock\npm = static\npm.max_children = 2\n\
         env[SIMPLESAMLPHP_CONFIG_DIR] = {path}\nphp_admin_value[opcache.enable] = 0\n\
         php_admin_value[session.save_path] = {path}/sessions\nphp_admin_value[sys_temp_dir] = {path}/tmp\n"
    );
    let config = folder.join("php-fpm.conf");
    fs::write(&config, pool).unwrap();
    // -R: containers run tests as root, and the folder is the test's alone.
    let mut server = Server::start(
        "php-fpm",
        Command::new(peers::php_fpm())
            .args(["-F", "-R"])
            .arg("-y")
            .arg(&config),
    );
    let socket = folder.join("php.sock");
    server.wait_until(|| socket.exists());
    server
}

/// Starts nginx on `port` in front of it.
pub(super) fn start_nginx(folder: &Path, port: u16) -> Server {
    let path = folder.display();
    let config = folder.join("nginx.conf");
    fs::write(&config, nginx_configuration(&path.to_string(), port)).unwrap();
    let mut server = Server::start(
        "nginx",
        Command::new(peers::program("nginx"))
            .arg("-e")
            .arg(folder.join("log/nginx.log"))
            .arg("-p")
            .arg(folder)
            .arg("-c")
            .arg(&config),
    );
    server.wait_for_port(port);
    server
}

/// One process, nothing written outside of `folder`, only SimpleSAMLphp's public folder served.
fn nginx_configuration(folder: &str, port: u16) -> String {
    format!(
        r"daemon off; master_process off; pid {folder}/nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/tmp/body; fastcgi_temp_path {folder}/tmp/fastcgi;
    proxy_temp_path {folder}/tmp/proxy; scgi_temp_path {folder}/tmp/scgi; uwsgi_temp_path {folder}/tmp/uwsgi;
    types {{ text/css css; text/javascript js; image/png png; }}
    server {{
        listen 127.0.0.1:{port};
        location ^~ /simplesaml {{
            alias /usr/share/simplesamlphp/www;
            location ~ ^(?<prefix>/simplesaml)(?<script>.+?\.php)(?<info>/.*)?$ {{
                include /etc/nginx/fastcgi.conf;
                fastcgi_pass unix:{folder}/php.sock;
                fastcgi_param SCRIPT_FILENAME $document_root$script;
                fastcgi_param SCRIPT_NAME /simplesaml$script;
                fastcgi_param PATH_INFO $info if_not_empty;
            }}
        }}
    }}
}}
"
    )
}
