//! What a browser brings back as the cookie of a login under way: nothing that we did not seal opens,
//! and what was sealed by an older or newer bridge with the same keys is read or refused.

/// One `Cookie` header, or what is inside of a cookie.
pub fn run(data: &[u8]) {
    flexbridge::login::fuzzing::cookie(data);
}
