//! The real peers themselves: each can say yes, and each can say no. Without
//! these, a peer that accepts everything would make every other test green.
//!
//! Must never: test the bridge.

mod downstream;
mod simplesaml;
