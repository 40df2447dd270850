//! AES as Kerberos uses it, and the folding that keys are derived by. Knows no key's purpose.

use aes::{Aes128, Aes256};
use cts::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, InnerIvInit, KeyInit};
use cts::{CbcCs3, Decrypt, Encrypt};
use zeroize::Zeroizing;

use super::{BLOCK, Bytes};

/// AES with a key of either length; it wipes its key itself.
pub(super) enum Cipher {
    Aes128(Box<Aes128>),
    Aes256(Box<Aes256>),
}

impl Cipher {
    pub(super) fn new(key: &[u8]) -> Self {
        match <&[u8; 32]>::try_from(key) {
            Ok(key) => Self::Aes256(Box::new(Aes256::new(key.into()))),
            Err(_) => {
                let mut short = Zeroizing::new([0; 16]);
                short.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
                Self::Aes128(Box::new(Aes128::new((&*short).into())))
            }
        }
    }

    /// Ciphertext stealing, of more than one block.
    pub(super) fn encrypt(&self, message: &mut [u8]) {
        fn done(cipher: impl BlockCipherEncrypt, message: &mut [u8]) {
            // It fails for less than a block alone.
            let _ = CbcCs3::inner_iv_init(cipher, &Array::default()).encrypt(message);
        }
        match self {
            Self::Aes128(cipher) => done(&**cipher, message),
            Self::Aes256(cipher) => done(&**cipher, message),
        }
    }

    pub(super) fn decrypt(&self, message: &mut [u8]) {
        fn done(cipher: impl BlockCipherDecrypt, message: &mut [u8]) {
            let _ = CbcCs3::inner_iv_init(cipher, &Array::default()).decrypt(message);
        }
        match self {
            Self::Aes128(cipher) => done(&**cipher, message),
            Self::Aes256(cipher) => done(&**cipher, message),
        }
    }

    /// The encrypted block, it encrypted again, and so on (RFC 3961, section 5.1: DR).
    pub(super) fn chained(&self, block: &[u8], length: usize) -> Bytes {
        fn done(cipher: &impl BlockCipherEncrypt, block: &[u8], length: usize) -> Bytes {
            let mut last = Array::default();
            last.iter_mut().zip(block).for_each(|(to, from)| *to = *from);
            let mut all = Zeroizing::new(Vec::with_capacity(length + BLOCK));
            while all.len() < length {
                cipher.encrypt_block(&mut last);
                all.extend_from_slice(&last);
            }
            all
        }
        match self {
            Self::Aes128(cipher) => done(&**cipher, block, length),
            Self::Aes256(cipher) => done(&**cipher, block, length),
        }
    }
}

/// Stretches or shrinks `input`, which is not empty, to `length` bytes (RFC 3961, section 5.1): copies of it, each turned 13
/// bits further to the right, are added up in pieces of that length, and what is carried out comes in again on the right.
pub(super) fn n_fold(input: &[u8], length: usize) -> Vec<u8> {
    let bits = input.len() * 8;
    let bit = |at: usize| input.get(at / 8).map_or(0, |byte| byte >> (7 - at % 8) & 1);
    let turned = |at: usize| {
        let copy = at / input.len();
        let first = at % input.len() * 8 + 13 * copy * (bits - 1);
        (first..first + 8).fold(0, |byte, at| byte << 1 | u32::from(bit(at % bits)))
    };
    let all =
        (1..=length).map(|pieces| pieces * input.len()).find(|all| all % length == 0).unwrap_or_default();
    let mut sums: Vec<u32> =
        (0..length).map(|column| (column..all).step_by(length).map(turned).sum()).collect();
    let mut carry = 0;
    loop {
        for sum in sums.iter_mut().rev() {
            *sum += carry;
            carry = *sum >> 8;
            *sum &= 0xff;
        }
        if carry == 0 {
            return sums.into_iter().map(|sum| sum.to_be_bytes()[3]).collect();
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<_> = hex.chars().filter_map(|digit| digit.to_digit(16)).collect();
        digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
    }

    #[test]
    fn folding_is_that_of_rfc_3961() {
        let vectors: [(&str, &str); 10] = [
            ("012345", "be072631276b1955"),
            ("password", "78a07b6caf85fa"),
            ("Rough Consensus, and Running Code", "bb6ed30870b7f0e0"),
            ("password", "59e4a8ca7c0385c3c37b3f6d2000247cb6e6bd5b3e"),
            ("MASSACHVSETTS INSTITVTE OF TECHNOLOGY", "db3b0d8f0b061e603282b308a50841229ad798fab9540c1b"),
            ("Q", "518a54a215a8452a518a54a215a8452a518a54a215"),
            ("ba", "fb25d531ae8974499f52fd92ea9857c4ba24cf297e"),
            ("kerberos", "6b65726265726f73"),
            ("kerberos", "6b65726265726f737b9b5b2b93132b93"),
            ("kerberos", "6b65726265726f737b9b5b2b93132b935c9bdcdad95c9899c4cae4dee6d6cae4"),
        ];
        for (input, folded) in vectors {
            let folded = bytes(folded);
            assert_eq!(n_fold(input.as_bytes(), folded.len()), folded, "{input}");
        }
    }

    #[test]
    fn ciphertext_stealing_is_that_of_rfc_3962() {
        let cipher = Cipher::new(b"chicken teriyaki");
        let text = b"I would like the General Gau's Chicken, please, and wonton soup.";
        let vectors = [
            (17, "c6353568f2bf8cb4d8a580362da7ff7f97"),
            (31, "fc00783e0efdb2c1d445d4c8eff7ed2297687268d6ecccc0c07b25e25ecfe5"),
            (32, "39312523a78662d5be7fcbcc98ebf5a897687268d6ecccc0c07b25e25ecfe584"),
            (
                47,
                "97687268d6ecccc0c07b25e25ecfe584b3fffd940c16a18c1b5549d2f838029e39312523a78662d5be7fcbcc98ebf5",
            ),
            (
                48,
                "97687268d6ecccc0c07b25e25ecfe5849dad8bbb96c4cdc03bc103e1a194bbd839312523a78662d5be7fcbcc98ebf5a8",
            ),
            (
                64,
                "97687268d6ecccc0c07b25e25ecfe58439312523a78662d5be7fcbcc98ebf5a84807efe836ee89a526730dbc2f7bc8409dad8bbb96c4cdc03bc103e1a194bbd8",
            ),
        ];
        for (length, sealed) in vectors {
            let mut message = text[..length].to_vec();
            cipher.encrypt(&mut message);
            assert_eq!(message, bytes(sealed), "{length}");
            cipher.decrypt(&mut message);
            assert_eq!(message, text[..length], "{length}");
        }
    }
}
