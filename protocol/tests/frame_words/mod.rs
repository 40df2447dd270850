//! Frames written out as words by hand, so that the codec is never its own oracle.

#![allow(dead_code, reason = "each test file uses its own part")]

/// The number of libvirt's REMOTE program.
pub(crate) const REMOTE: u32 = 0x2000_8086;
/// The number of the KEEPALIVE program.
pub(crate) const KEEPALIVE: u32 = 0x6b65_6570;

/// The words as they are sent: big endian.
pub(crate) fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// A frame of this header (program, version, procedure, type, serial, status) and payload.
pub(crate) fn frame(header: [u32; 6], payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(28 + payload.len()).expect("a test's frame is small");
    [&words(&[length]), &words(&header), payload].concat()
}

/// A ping, as libvirtd sends it.
pub(crate) fn ping() -> Vec<u8> {
    words(&[28, KEEPALIVE, 1, 1, 2, 0, 0])
}

/// The answer to a ping.
pub(crate) fn pong() -> Vec<u8> {
    words(&[28, KEEPALIVE, 1, 2, 2, 0, 0])
}

/// `default`, as XDR has it: a length, seven bytes, one of padding.
pub(crate) const DEFAULT: [u32; 3] = [7, 0x6465_6661, 0x756c_7400];
