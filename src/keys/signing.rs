//! interim
pub struct SigningKey {
    pair: aws_lc_rs::rsa::KeyPair,
    der: Vec<u8>,
    b64: String,
}
impl SigningKey {
    pub fn interim(pkcs8: &[u8], der: Vec<u8>) -> Self {
        use base64::Engine;
        Self {
            pair: aws_lc_rs::rsa::KeyPair::from_pkcs8(pkcs8).unwrap(),
            b64: base64::prelude::BASE64_STANDARD.encode(&der),
            der,
        }
    }
    pub fn sign_sha256(&self, message: &[u8]) -> Result<Vec<u8>, ()> {
        let mut out = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                &aws_lc_rs::signature::RSA_PKCS1_SHA256,
                &aws_lc_rs::rand::SystemRandom::new(),
                message,
                &mut out,
            )
            .map_err(|_| ())?;
        Ok(out)
    }
    pub fn certificate_base64(&self) -> &str {
        &self.b64
    }
    pub fn certificate_der(&self) -> &[u8] {
        &self.der
    }
}
