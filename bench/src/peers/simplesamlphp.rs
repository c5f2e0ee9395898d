//! SimpleSAMLphp as a bridge: as identity provider for Flex it authenticates by itself as the
//! company's service provider.
//! nginx, two PHP-FPM workers, opcode cache on.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result};
use url::Url;

use super::{Peer, spawn, wait_for_port};
use crate::{
    bridge::free_port,
    here,
    keys::Identity,
    login::{Ends, Subject},
};

/// Starts it for these ends.
pub fn simplesamlphp(ends: &Ends) -> Result<Peer> {
    let folder = tempfile::Builder::new().prefix("bench-ssp-").tempdir()?;
    let at = folder.path();
    for below in ["metadata", "cert", "log", "data", "tmp", "sessions"] {
        fs::create_dir(at.join(below))?;
    }
    let port = free_port()?;
    let base = format!("http://127.0.0.1:{port}/simplesaml/");
    let files = here().join("peers/simplesamlphp");
    for file in [
        "config.php",
        "authsources.php",
        "metadata/saml20-idp-hosted.php",
        "metadata/saml20-idp-remote.php",
        "metadata/saml20-sp-remote.php",
    ] {
        fs::copy(files.join(file), at.join(file))?;
    }
    Identity::generate("SimpleSAMLphp")?.write(&at.join("cert"), "idp")?;
    fs::write(at.join("instance.php"), instance(&base, ends))?;
    let sp_entity_id = format!("{base}module.php/saml/sp/metadata.php/company");
    let mut php = spawn(
        Command::new("php-fpm8.2")
            .args(["-F", "-R", "-y"])
            .arg(php_configuration(at)?)
            .stderr(Stdio::null()),
        "PHP-FPM",
    )?;
    let nginx_file = at.join("nginx.conf");
    fs::write(
        &nginx_file,
        nginx_configuration(&at.display().to_string(), port),
    )?;
    let mut nginx = spawn(
        Command::new("nginx")
            .arg("-e")
            .arg(at.join("log/nginx.log"))
            .arg("-p")
            .arg(at)
            .arg("-c")
            .arg(&nginx_file),
        "nginx",
    )?;
    wait_for_port(port, &mut nginx, "nginx")?;
    let begun = std::time::Instant::now();
    while !at.join("php.sock").exists() && begun.elapsed().as_secs() < 10 {
        php.try_wait()?
            .map_or(Some(()), |_| None)
            .context("PHP-FPM has ended")?;
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    Ok(Peer {
        name: "SimpleSAMLphp 1.19",
        subject: Subject {
            sso_url: Url::parse(&format!("{base}saml2/idp/SSOService.php"))?,
            sp_acs_url: format!("{base}module.php/saml/sp/saml2-acs.php/company"),
            sp_entity_id,
        },
        certificate: at.join("cert/idp.pem"),
        signed: &["Response", "Assertion"],
        children: vec![php, nginx],
        _folder: folder,
    })
}

/// What differs from run to run, for the configuration to read.
fn instance(base: &str, ends: &Ends) -> String {
    format!(
        "<?php\nreturn ['base_url' => '{base}', 'idp' => '{}', 'idp_sso' => '{}', 'idp_certificate' => '{}', 'flex' => '{}', 'flex_acs' => '{}'];\n",
        ends.company.entity_id,
        ends.company.sso_url,
        ends.company.certificate(),
        ends.flex.entity_id,
        ends.flex.acs_url,
    )
}

fn php_configuration(at: &Path) -> Result<std::path::PathBuf> {
    let path = at.display();
    let file = at.join("php-fpm.conf");
    fs::write(
        &file,
        format!(
            "[global]\nerror_log = {path}/log/php-fpm.log\ndaemonize = no\n\
             [ssp]\nuser = root\ngroup = root\nlisten = {path}/php.sock\nlisten.backlog = 511\npm = static\npm.max_children = 2\n\
             env[SIMPLESAMLPHP_CONFIG_DIR] = {path}\nphp_admin_value[opcache.enable] = 1\n\
             php_admin_value[session.save_path] = {path}/sessions\nphp_admin_value[sys_temp_dir] = {path}/tmp\n"
        ),
    )?;
    Ok(file)
}

fn nginx_configuration(folder: &str, port: u16) -> String {
    format!(
        r"daemon off; master_process off; pid {folder}/nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/tmp/body; fastcgi_temp_path {folder}/tmp/fastcgi;
    proxy_temp_path {folder}/tmp/proxy; scgi_temp_path {folder}/tmp/scgi; uwsgi_temp_path {folder}/tmp/uwsgi;
    server {{
        listen 127.0.0.1:{port} backlog=511;
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
