//! SATOSA: gunicorn with two workers, its SAML frontend for Flex and its SAML backend for the
//! company, an attribute turned into `flex_location` by one of its own microservices.

use std::{
    fs,
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
pub fn satosa(ends: &Ends) -> Result<Peer> {
    let folder = tempfile::Builder::new().prefix("bench-satosa-").tempdir()?;
    let at = folder.path();
    let port = free_port()?;
    let base = format!("http://127.0.0.1:{port}");
    Identity::generate("SATOSA frontend")?.write(at, "frontend")?;
    Identity::generate("SATOSA backend")?.write(at, "backend")?;
    fs::write(at.join("idp.xml"), ends.company.metadata())?;
    fs::write(at.join("flex.xml"), flex_metadata(ends))?;
    let files = here().join("peers/satosa");
    for entry in fs::read_dir(&files).context("bench/peers/satosa")? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            let name = path.file_name().context("a file has a name")?;
            let text = fs::read_to_string(&path)?;
            let filled = text
                .replace("@BASE@", &base)
                .replace("@FOLDER@", &at.display().to_string())
                .replace("@IDP@", &ends.company.entity_id);
            fs::write(at.join(name), filled)?;
        }
    }
    fs::create_dir(at.join("attributemaps"))?;
    fs::copy(
        files.join("attributemaps/basic.py"),
        at.join("attributemaps/basic.py"),
    )?;
    fs::copy(files.join("flex_location.py"), at.join("flex_location.py"))?;
    let mut gunicorn = spawn(
        Command::new(here().join(".venv/bin/gunicorn"))
            .args(["--workers", "2", "--bind"])
            .arg(format!("127.0.0.1:{port}"))
            .args(["--log-level", "error", "satosa.wsgi:app"])
            .current_dir(at)
            .env("SATOSA_CONFIG", at.join("proxy_conf.yaml"))
            .env("PYTHONPATH", at)
            .stdout(Stdio::null())
            .stderr(fs::File::create(at.join("log"))?),
        "SATOSA",
    )?;
    wait_for_port(port, &mut gunicorn, "SATOSA")?;
    Ok(Peer {
        name: "SATOSA 8.6",
        subject: Subject {
            sso_url: Url::parse(&format!("{base}/company/sso/redirect"))?,
            sp_entity_id: format!("{base}/company/metadata"),
            sp_acs_url: format!("{base}/company/acs/post"),
        },
        certificate: at.join("frontend.pem"),
        signed: &["Response", "Assertion"],
        children: vec![gunicorn],
        _folder: folder,
    })
}

fn flex_metadata(ends: &Ends) -> String {
    format!(
        r#"<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{}"><md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol" AuthnRequestsSigned="false" WantAssertionsSigned="true"><md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified</md:NameIDFormat><md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="{}" index="0" isDefault="true"/></md:SPSSODescriptor></md:EntityDescriptor>"#,
        ends.flex.entity_id, ends.flex.acs_url
    )
}
