//! Raw deflate for HTTP-Redirect, with machines that stay: a fresh one for each message is some
//! hundred KiB that the system hands out and takes back, dearer than the work on the message,
//! and on the same cores as what is measured.

use std::cell::RefCell;

use anyhow::{Result, ensure};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// The largest message, in bytes.
const LARGEST: usize = 1 << 20;

thread_local! {
    static DEFLATER: RefCell<Compress> = RefCell::new(Compress::new(Compression::fast(), false));
    static INFLATER: RefCell<Decompress> = RefCell::new(Decompress::new(false));
}

pub fn deflated(message: &[u8]) -> Result<Vec<u8>> {
    DEFLATER.with_borrow_mut(|deflate| {
        deflate.reset();
        // What can't be made smaller grows by a few bytes a block.
        let mut out = Vec::with_capacity(message.len() + message.len() / 8 + 64);
        let status = deflate.compress_vec(message, &mut out, FlushCompress::Finish)?;
        ensure!(
            status == Status::StreamEnd,
            "a message is too large to be deflated"
        );
        Ok(out)
    })
}

pub fn inflated(deflated: &[u8]) -> Result<Vec<u8>> {
    INFLATER.with_borrow_mut(|inflate| {
        inflate.reset(false);
        let mut out = Vec::with_capacity(8 * deflated.len() + 64);
        loop {
            let read = usize::try_from(inflate.total_in())?;
            let rest = deflated.get(read..).unwrap_or_default();
            match inflate.decompress_vec(rest, &mut out, FlushDecompress::Finish)? {
                Status::StreamEnd => return Ok(out),
                _ => ensure!(out.len() == out.capacity(), "a message ends too early"),
            }
            ensure!(out.len() < LARGEST, "a message is too large");
            out.reserve(out.capacity());
        }
    })
}
