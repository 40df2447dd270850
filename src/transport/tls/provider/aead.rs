//! Records: sealed when they leave, opened when they come. RFC 8446 section 5.2, RFC 5288 and RFC 7905 say how.

use std::marker::PhantomData;

use aes_gcm::aead::consts::{U12, U16};
use aes_gcm::aead::{AeadInOut, KeyInit, Tag};
use tokio_rustls::rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, KeyBlockShape, MessageDecrypter,
    MessageEncrypter, NONCE_LEN, Nonce, OutboundOpaqueMessage, OutboundPlainMessage, PrefixedPayload,
    Tls12AeadAlgorithm, Tls13AeadAlgorithm, UnsupportedOperationError, make_tls12_aad, make_tls13_aad,
};
use tokio_rustls::rustls::{ConnectionTrafficSecrets, ContentType, Error, ProtocolVersion};

/// Bytes of a tag, in all ciphers of TLS that are here.
const TAG: usize = 16;
/// Bytes of the part of a nonce that TLS 1.2's AES-GCM sends along.
const EXPLICIT: usize = 8;
/// Most bytes of content in a record (RFC 8446, section 5.1).
const CONTENT: usize = 1 << 14;

/// A cipher of TLS.
pub(super) trait Cipher:
    AeadInOut<NonceSize = U12, TagSize = U16> + KeyInit + Send + Sync + 'static
{
}

impl<C: AeadInOut<NonceSize = U12, TagSize = U16> + KeyInit + Send + Sync + 'static> Cipher for C {}

/// How a version of TLS makes records with a cipher.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The type is hidden behind the content.
    Tls13,
    /// The nonce is known to both sides.
    Tls12,
    /// A part of the nonce goes before the content.
    Tls12Explicit,
}

impl Form {
    fn explicit(self) -> usize {
        if self == Self::Tls12Explicit { EXPLICIT } else { 0 }
    }

    fn inner_type(self) -> usize {
        usize::from(self == Self::Tls13)
    }
}

/// `C` as TLS 1.3 uses it.
pub(super) struct Tls13<C>(PhantomData<fn() -> C>);

impl<C: 'static> Tls13<C> {
    pub(super) const HERE: &'static Self = &Self(PhantomData);
}

impl<C: Cipher> Tls13AeadAlgorithm for Tls13<C> {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        Box::new(Records::<C>::new(&key, iv, Form::Tls13))
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        Box::new(Records::<C>::new(&key, iv, Form::Tls13))
    }

    fn key_len(&self) -> usize {
        C::key_size()
    }

    fn extract_keys(&self, _: AeadKey, _: Iv) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        Err(UnsupportedOperationError)
    }
}

/// `C` as TLS 1.2 uses it, with a part of the nonce in each record or not.
pub(super) struct Tls12<C, const IS_EXPLICIT: bool>(PhantomData<fn() -> C>);

impl<C: 'static, const IS_EXPLICIT: bool> Tls12<C, IS_EXPLICIT> {
    pub(super) const HERE: &'static Self = &Self(PhantomData);
    const FORM: Form = if IS_EXPLICIT { Form::Tls12Explicit } else { Form::Tls12 };
}

impl<C: Cipher, const IS_EXPLICIT: bool> Tls12AeadAlgorithm for Tls12<C, IS_EXPLICIT> {
    fn encrypter(&self, key: AeadKey, iv: &[u8], extra: &[u8]) -> Box<dyn MessageEncrypter> {
        Box::new(Records::<C>::new(&key, joined(iv, extra), Self::FORM))
    }

    fn decrypter(&self, key: AeadKey, iv: &[u8]) -> Box<dyn MessageDecrypter> {
        Box::new(Records::<C>::new(&key, joined(iv, &[]), Self::FORM))
    }

    fn key_block_shape(&self) -> KeyBlockShape {
        let explicit_nonce_len = Self::FORM.explicit();
        KeyBlockShape {
            enc_key_len: C::key_size(),
            fixed_iv_len: NONCE_LEN - explicit_nonce_len,
            explicit_nonce_len,
        }
    }

    fn extract_keys(
        &self,
        _: AeadKey,
        _: &[u8],
        _: &[u8],
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        Err(UnsupportedOperationError)
    }
}

/// The parts of a nonce, one behind the other.
fn joined(fixed: &[u8], explicit: &[u8]) -> Iv {
    let mut iv = [0; NONCE_LEN];
    for (to, from) in iv.iter_mut().zip(fixed.iter().chain(explicit)) {
        *to = *from;
    }
    Iv::from(iv)
}

/// One direction of a connection.
struct Records<C> {
    /// Nothing where the key had a wrong length, which rustls sees to.
    cipher: Option<C>,
    iv: Iv,
    form: Form,
}

impl<C: Cipher> Records<C> {
    fn new(key: &AeadKey, iv: Iv, form: Form) -> Self {
        Self { cipher: C::new_from_slice(key.as_ref()).ok(), iv, form }
    }
}

impl<C: Cipher> MessageEncrypter for Records<C> {
    fn encrypt(&mut self, msg: OutboundPlainMessage<'_>, seq: u64) -> Result<OutboundOpaqueMessage, Error> {
        let cipher = self.cipher.as_ref().ok_or(Error::EncryptError)?;
        let (content, explicit) = (msg.payload.len(), self.form.explicit());
        let total = self.encrypted_payload_len(content);
        // No nonce comes twice: each has the record's number in it, also in the part that is sent along.
        let nonce = Nonce::new(&self.iv, seq);
        let mut payload = PrefixedPayload::with_capacity(total);
        payload.extend_from_slice(nonce.0.get(NONCE_LEN - explicit..).ok_or(Error::EncryptError)?);
        payload.extend_from_chunks(&msg.payload);
        if self.form == Form::Tls13 {
            payload.extend_from_slice(&[msg.typ.into()]);
        }
        let text = payload.as_mut().get_mut(explicit..).ok_or(Error::EncryptError)?;
        let sealed = if self.form == Form::Tls13 {
            cipher.encrypt_inout_detached(&nonce.0.into(), &make_tls13_aad(total), text.into())
        } else {
            let aad = make_tls12_aad(seq, msg.typ, msg.version, content);
            cipher.encrypt_inout_detached(&nonce.0.into(), &aad, text.into())
        };
        payload.extend_from_slice(&sealed.map_err(|_| Error::EncryptError)?);
        Ok(match self.form {
            Form::Tls13 => OutboundOpaqueMessage::new(
                ContentType::ApplicationData,
                // What TLS 1.3 says on the outside.
                ProtocolVersion::TLSv1_2,
                payload,
            ),
            _ => OutboundOpaqueMessage::new(msg.typ, msg.version, payload),
        })
    }

    fn encrypted_payload_len(&self, payload_len: usize) -> usize {
        self.form.explicit() + payload_len + self.form.inner_type() + TAG
    }
}

impl<C: Cipher> MessageDecrypter for Records<C> {
    fn decrypt<'a>(
        &mut self,
        mut msg: InboundOpaqueMessage<'a>,
        seq: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        let cipher = self.cipher.as_ref().ok_or(Error::DecryptError)?;
        let (total, explicit) = (msg.payload.len(), self.form.explicit());
        let content = total.checked_sub(explicit + TAG).ok_or(Error::DecryptError)?;
        let (typ, version) = (msg.typ, msg.version);
        let (sent, sealed) = msg.payload.split_at_mut_checked(explicit).ok_or(Error::DecryptError)?;
        let (text, tag) = sealed.split_at_mut_checked(content).ok_or(Error::DecryptError)?;
        let nonce = match self.form {
            Form::Tls12Explicit => {
                let fixed = self.iv.as_ref().get(..NONCE_LEN - EXPLICIT).ok_or(Error::DecryptError)?;
                let mut nonce = [0; NONCE_LEN];
                nonce.copy_from_slice(joined(fixed, sent).as_ref());
                nonce
            }
            _ => Nonce::new(&self.iv, seq).0,
        };
        let tag = <&Tag<C>>::try_from(&*tag).map_err(|_| Error::DecryptError)?;
        let opened = if self.form == Form::Tls13 {
            cipher.decrypt_inout_detached(&nonce.into(), &make_tls13_aad(total), text.into(), tag)
        } else {
            let aad = make_tls12_aad(seq, typ, version, content);
            cipher.decrypt_inout_detached(&nonce.into(), &aad, text.into(), tag)
        };
        opened.map_err(|_| Error::DecryptError)?;
        if self.form == Form::Tls13 {
            msg.payload.truncate(content);
            return msg.into_tls13_unpadded_message();
        }
        if content > CONTENT {
            return Err(Error::PeerSentOversizedRecord);
        }
        Ok(msg.into_plain_message_range(explicit..explicit + content))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aes_gcm::Aes256Gcm;
    use chacha20poly1305::ChaCha20Poly1305;
    use tokio_rustls::rustls::crypto::cipher::OutboundChunks;

    const TEXT: &[u8] = b"what is sealed";

    /// One direction, both ends of it: 12 bytes of nonce, the first 4 of which are fixed.
    type Ends = (Box<dyn MessageEncrypter>, Box<dyn MessageDecrypter>);

    fn tls13<C: Cipher>() -> Ends {
        let (key, iv) = (|| AeadKey::from([7; 32]), || Iv::from([3; NONCE_LEN]));
        (Tls13::<C>::HERE.encrypter(key(), iv()), Tls13::<C>::HERE.decrypter(key(), iv()))
    }

    fn tls12<C: Cipher, const IS_EXPLICIT: bool>() -> Ends {
        let (key, cipher) = (|| AeadKey::from([7; 32]), Tls12::<C, IS_EXPLICIT>::HERE);
        let shape = cipher.key_block_shape();
        let (iv, extra) = (vec![3; shape.fixed_iv_len], vec![5; shape.explicit_nonce_len]);
        (cipher.encrypter(key(), &iv, &extra), cipher.decrypter(key(), &iv))
    }

    fn seal(ends: &mut Ends, number: u64) -> (ContentType, Vec<u8>) {
        let typ = ContentType::ApplicationData;
        let version = ProtocolVersion::TLSv1_2;
        let plain = OutboundPlainMessage { typ, version, payload: OutboundChunks::Single(TEXT) };
        let expected = ends.0.encrypted_payload_len(TEXT.len());
        let sealed = ends.0.encrypt(plain, number).unwrap();
        assert_eq!(sealed.payload.as_ref().len(), expected);
        (sealed.typ, sealed.payload.as_ref().to_vec())
    }

    fn open(ends: &mut Ends, typ: ContentType, bytes: &[u8], number: u64) -> Option<Vec<u8>> {
        let mut bytes = bytes.to_vec();
        let sealed = InboundOpaqueMessage::new(typ, ProtocolVersion::TLSv1_2, &mut bytes);
        ends.1.decrypt(sealed, number).ok().map(|plain| plain.payload.to_vec())
    }

    #[test]
    fn what_was_sealed_is_opened_and_nothing_else_is() {
        let all = [
            tls13::<Aes256Gcm>(),
            tls13::<ChaCha20Poly1305>(),
            tls12::<Aes256Gcm, true>(),
            tls12::<ChaCha20Poly1305, false>(),
        ];
        for mut ends in all {
            let (typ, sealed) = seal(&mut ends, 9);
            assert_eq!(open(&mut ends, typ, &sealed, 9).as_deref(), Some(TEXT));
            assert_eq!(open(&mut ends, typ, &sealed, 8).as_deref(), None, "another record's place");
            for at in 0..sealed.len() {
                let mut changed = sealed.clone();
                changed[at] ^= 1;
                assert_eq!(open(&mut ends, typ, &changed, 9), None, "byte {at} was changed");
                assert_eq!(open(&mut ends, typ, &sealed[..at], 9), None, "it was cut to {at} bytes");
            }
            assert_ne!(seal(&mut ends, 10).1, sealed, "no nonce comes twice");
        }
    }
}
