//! Numbers as Go reads and writes them, which is what Kubernetes makes of them.

use std::borrow::Cow;

use super::resolve::Scalar;

/// The number that a plain scalar of YAML is; it begins with a digit or a sign.
pub(super) fn of_plain(text: &str) -> Option<Scalar<'static>> {
    let plain: Cow<'_, str> =
        if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) };
    integer(&plain).or_else(|| float(&plain)).or_else(|| {
        // `0b+1`: the sign may also stand after the prefix.
        plain
            .strip_prefix("0b")
            .and_then(|digits| signed(digits, |digits| digits_of(digits, 2)))
            .map(Scalar::Int)
    })
}

/// An integer with an optional sign, and a prefix that tells its base.
pub(super) fn integer(text: &str) -> Option<Scalar<'static>> {
    signed(text, magnitude).map(Scalar::Int).or_else(|| magnitude(text).map(Scalar::UInt))
}

fn signed(text: &str, magnitude: impl Fn(&str) -> Option<u64>) -> Option<i64> {
    match text.as_bytes().first()? {
        b'-' => 0i64.checked_sub_unsigned(magnitude(&text[1..])?),
        b'+' => i64::try_from(magnitude(&text[1..])?).ok(),
        _ => i64::try_from(magnitude(text)?).ok(),
    }
}

fn magnitude(text: &str) -> Option<u64> {
    match text.as_bytes() {
        [b'0'] => Some(0),
        [b'0', b'b' | b'B', _, ..] => digits_of(&text[2..], 2),
        [b'0', b'o' | b'O', _, ..] => digits_of(&text[2..], 8),
        [b'0', b'x' | b'X', _, ..] => digits_of(&text[2..], 16),
        [b'0', ..] => digits_of(text.get(1..)?, 8),
        _ => digits_of(text, 10),
    }
}

fn digits_of(text: &str, base: u32) -> Option<u64> {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric())
        .then(|| u64::from_str_radix(text, base).ok())
        .flatten()
}

/// A decimal number with a point or an exponent.
pub(super) fn float(text: &str) -> Option<Scalar<'static>> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => !fraction.is_empty() && digits(fraction),
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => !mantissa.is_empty() && digits(mantissa),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    let number: f64 = if mantissa_fits && exponent_fits { text.parse().ok()? } else { return None };
    // What is too large is no number.
    number.is_finite().then_some(Scalar::Float(number))
}

/// A number that begins with a point, in which `_` may stand between digits.
pub(super) fn of_point(text: &str) -> Option<Scalar<'static>> {
    if !text.contains('_') {
        return float(text);
    }
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let between = |at: usize| {
        (digit(at.checked_sub(1)) || at.checked_sub(1).is_some_and(|at| bytes[at] == b'_'))
            && digit(Some(at + 1))
    };
    let fits = (0..bytes.len()).all(|at| bytes[at] != b'_' || between(at) && bytes[at - 1] != b'_');
    if fits { float(&text.replace('_', "")) } else { None }
}

/// The number that is left when Kubernetes has written a float as JSON and read it again.
pub(super) fn settled(number: f64) -> Scalar<'static> {
    if number.fract() == 0.0 && number.abs() < 1e20 {
        let written = format!("{number}");
        if let Some(whole) = integer(&written) {
            return whole;
        }
    }
    Scalar::Float(number)
}

/// A float as the key of a mapping: the shortest digits that tell it from others of 32 bits.
pub(super) fn float_key(number: f64) -> String {
    let number = number as f32;
    if number.is_nan() {
        return ".nan".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { ".inf".into() } else { "-.inf".into() };
    }
    let written = format!("{number:e}");
    let (digits, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return format!("{number}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}
