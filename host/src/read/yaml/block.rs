//! Sixteen bytes at a time: where among them those stand that a reader stops at, a bit for each.

/// A stretch of text.
pub(super) type Block = [u8; 16];

/// Where a plain scalar may end: a line break, a tab or another control character, `:` or `#`. Bytes of characters beyond ASCII are among them.
#[inline]
pub(super) fn stops(block: &Block) -> u32 {
    machine::stops(block)
}

/// What is not a space.
#[inline]
pub(super) fn others_than_spaces(block: &Block) -> u32 {
    machine::others_than_spaces(block)
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "what every processor of this kind has still has to be asked for")]
mod machine {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_cmplt_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_or_si128,
        _mm_set1_epi8,
    };

    use super::Block;

    #[inline]
    pub(super) fn stops(block: &Block) -> u32 {
        // SAFETY: x86-64 has SSE2, and sixteen bytes are there, which may lie anywhere.
        let stops = unsafe {
            let block = _mm_loadu_si128(block.as_ptr().cast::<__m128i>());
            let [colon, hash] =
                [b':', b'#'].map(|byte| _mm_cmpeq_epi8(block, _mm_set1_epi8(byte.cast_signed())));
            let below = _mm_cmplt_epi8(block, _mm_set1_epi8(0x20));
            _mm_movemask_epi8(_mm_or_si128(below, _mm_or_si128(colon, hash)))
        };
        stops.cast_unsigned()
    }

    #[inline]
    pub(super) fn others_than_spaces(block: &Block) -> u32 {
        // SAFETY: as above.
        let spaces = unsafe {
            let block = _mm_loadu_si128(block.as_ptr().cast::<__m128i>());
            _mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8(b' '.cast_signed())))
        };
        spaces.cast_unsigned() ^ 0xFFFF
    }
}

#[cfg(any(test, not(target_arch = "x86_64")))]
mod portable {
    use super::Block;

    pub(super) fn stops(block: &Block) -> u32 {
        bits(block, |byte| !(0x20..=0x7F).contains(&byte) || matches!(byte, b':' | b'#'))
    }

    pub(super) fn others_than_spaces(block: &Block) -> u32 {
        bits(block, |byte| byte != b' ')
    }

    fn bits(block: &Block, is: impl Fn(u8) -> bool) -> u32 {
        block.iter().rev().fold(0, |bits, byte| bits << 1 | u32::from(is(*byte)))
    }
}

#[cfg(not(target_arch = "x86_64"))]
use portable as machine;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_seen_at_every_place_as_it_is_elsewhere() {
        for byte in 0..=255 {
            for at in 0..16 {
                let mut block = [b' '; 16];
                block[at] = byte;
                block[15 - at] ^= 0x2A;
                assert_eq!(stops(&block), portable::stops(&block), "{block:?}");
                assert_eq!(others_than_spaces(&block), portable::others_than_spaces(&block), "{block:?}");
            }
        }
    }
}
