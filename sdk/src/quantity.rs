//! Amounts of CPU, memory and storage.

use crate::{Kind, Node};

/// An amount as Kubernetes writes it, such as `500m`, `1.5` or `128Mi`, in thousandths of its unit.
///
/// ```
/// use plimsoll_sdk::Quantity;
///
/// assert_eq!(Quantity::parse("1.5"), Quantity::parse("1500m"));
/// assert!(Quantity::parse("1Gi") > Quantity::parse("1G"));
/// assert_eq!(Quantity::parse("a lot"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity {
    /// Thousandths of the unit: milli-cores for CPU, thousandths of a byte for memory. Smaller parts are rounded up.
    pub milli: i128,
}

impl Quantity {
    /// Reads a quantity by the grammar of apimachinery's `resource.Quantity`.
    pub fn parse(text: &str) -> Option<Self> {
        let end = text
            .char_indices()
            .find(|(at, letter)| {
                !(letter.is_ascii_digit() || *letter == '.' || *at == 0 && matches!(letter, '+' | '-'))
            })
            .map_or(text.len(), |(at, _)| at);
        let (number, suffix) = text.split_at(end);
        let (power_of_ten, power_of_two) = suffix_powers(suffix)?;
        let negative = number.starts_with('-');
        let digits = number.trim_start_matches(['+', '-']);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') || digits.len() > 30 {
            return None;
        }
        let mut value: i128 = format!("{whole}{fraction}").parse().ok()?;
        let scale = power_of_ten + 3 - i32::try_from(fraction.len()).ok()?;
        value = value.checked_mul(1i128.checked_shl(power_of_two)?)?;
        let factor = 10i128.checked_pow(scale.unsigned_abs())?;
        let milli = if scale >= 0 {
            value.checked_mul(factor)?
        } else {
            (value / factor).checked_add(i128::from(value % factor != 0))?
        };
        Some(Self { milli: if negative { -milli } else { milli } })
    }

    /// The quantity at a node, which may be a string or a number.
    pub fn at(node: Node<'_>) -> Option<Self> {
        match node.kind() {
            Kind::String => Self::parse(node.str()),
            Kind::Integer | Kind::Float => Self::parse(&node.text()),
            _ => None,
        }
    }
}

fn suffix_powers(suffix: &str) -> Option<(i32, u32)> {
    let decimal = |power| Some((power, 0));
    match suffix {
        "" => decimal(0),
        "n" => decimal(-9),
        "u" => decimal(-6),
        "m" => decimal(-3),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "E" => decimal(18),
        "Ki" => Some((0, 10)),
        "Mi" => Some((0, 20)),
        "Gi" => Some((0, 30)),
        "Ti" => Some((0, 40)),
        "Pi" => Some((0, 50)),
        "Ei" => Some((0, 60)),
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E'])?;
            decimal(exponent.parse().ok().filter(|power: &i32| power.abs() <= 18)?)
        }
    }
}
