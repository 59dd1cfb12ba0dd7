//! What instructions on whole numbers come to.

use wasmparser::Operator;

use crate::ask::pop;

/// Takes the arguments of an instruction off the stack and puts its result there; tells if it is none on whole numbers.
pub(crate) fn sum(instruction: &Operator<'_>, stack: &mut Vec<u64>) -> bool {
    use Operator as O;
    macro_rules! of {
        (|$a:ident: $type:ty| $result:expr) => {{
            let $a = pop(stack) as $type;
            stack.push($result as u64);
        }};
        (|$a:ident: $type:ty, $b:ident| $result:expr) => {{
            let $b = pop(stack) as $type;
            let $a = pop(stack) as $type;
            stack.push($result as u64);
        }};
    }
    match instruction {
        O::Nop => {}
        O::Drop => _ = pop(stack),
        O::Select => {
            let (wanted, b, a) = (pop(stack) as u32, pop(stack), pop(stack));
            stack.push(if wanted == 0 { b } else { a });
        }
        O::I32Const { value } => stack.push(u64::from(*value as u32)),
        O::I64Const { value } => stack.push(*value as u64),
        O::F32Const { value } => stack.push(u64::from(value.bits())),
        O::F64Const { value } => stack.push(value.bits()),
        O::I32ReinterpretF32 | O::I64ReinterpretF64 | O::F32ReinterpretI32 | O::F64ReinterpretI64 => {}
        O::I32WrapI64 => of!(|a: u64| a as u32),
        O::I64ExtendI32U => {}
        O::I64ExtendI32S | O::I64Extend32S => of!(|a: i32| i64::from(a)),
        O::I32Extend8S => of!(|a: i8| i32::from(a) as u32),
        O::I32Extend16S => of!(|a: i16| i32::from(a) as u32),
        O::I64Extend8S => of!(|a: i8| i64::from(a)),
        O::I64Extend16S => of!(|a: i16| i64::from(a)),

        O::I32Eqz => of!(|a: u32| a == 0),
        O::I32Eq => of!(|a: u32, b| a == b),
        O::I32Ne => of!(|a: u32, b| a != b),
        O::I32LtS => of!(|a: i32, b| a < b),
        O::I32LtU => of!(|a: u32, b| a < b),
        O::I32GtS => of!(|a: i32, b| a > b),
        O::I32GtU => of!(|a: u32, b| a > b),
        O::I32LeS => of!(|a: i32, b| a <= b),
        O::I32LeU => of!(|a: u32, b| a <= b),
        O::I32GeS => of!(|a: i32, b| a >= b),
        O::I32GeU => of!(|a: u32, b| a >= b),
        O::I32Clz => of!(|a: u32| a.leading_zeros()),
        O::I32Ctz => of!(|a: u32| a.trailing_zeros()),
        O::I32Popcnt => of!(|a: u32| a.count_ones()),
        O::I32Add => of!(|a: u32, b| a.wrapping_add(b)),
        O::I32Sub => of!(|a: u32, b| a.wrapping_sub(b)),
        O::I32Mul => of!(|a: u32, b| a.wrapping_mul(b)),
        O::I32And => of!(|a: u32, b| a & b),
        O::I32Or => of!(|a: u32, b| a | b),
        O::I32Xor => of!(|a: u32, b| a ^ b),
        O::I32Shl => of!(|a: u32, b| a.wrapping_shl(b)),
        O::I32ShrS => of!(|a: i32, b| a.wrapping_shr(b as u32) as u32),
        O::I32ShrU => of!(|a: u32, b| a.wrapping_shr(b)),
        O::I32Rotl => of!(|a: u32, b| a.rotate_left(b % 32)),
        O::I32Rotr => of!(|a: u32, b| a.rotate_right(b % 32)),

        O::I64Eqz => of!(|a: u64| a == 0),
        O::I64Eq => of!(|a: u64, b| a == b),
        O::I64Ne => of!(|a: u64, b| a != b),
        O::I64LtS => of!(|a: i64, b| a < b),
        O::I64LtU => of!(|a: u64, b| a < b),
        O::I64GtS => of!(|a: i64, b| a > b),
        O::I64GtU => of!(|a: u64, b| a > b),
        O::I64LeS => of!(|a: i64, b| a <= b),
        O::I64LeU => of!(|a: u64, b| a <= b),
        O::I64GeS => of!(|a: i64, b| a >= b),
        O::I64GeU => of!(|a: u64, b| a >= b),
        O::I64Clz => of!(|a: u64| a.leading_zeros()),
        O::I64Ctz => of!(|a: u64| a.trailing_zeros()),
        O::I64Popcnt => of!(|a: u64| a.count_ones()),
        O::I64Add => of!(|a: u64, b| a.wrapping_add(b)),
        O::I64Sub => of!(|a: u64, b| a.wrapping_sub(b)),
        O::I64Mul => of!(|a: u64, b| a.wrapping_mul(b)),
        O::I64And => of!(|a: u64, b| a & b),
        O::I64Or => of!(|a: u64, b| a | b),
        O::I64Xor => of!(|a: u64, b| a ^ b),
        O::I64Shl => of!(|a: u64, b| a.wrapping_shl(b as u32)),
        O::I64ShrS => of!(|a: i64, b| a.wrapping_shr(b as u32)),
        O::I64ShrU => of!(|a: u64, b| a.wrapping_shr(b as u32)),
        O::I64Rotl => of!(|a: u64, b| a.rotate_left((b % 64) as u32)),
        O::I64Rotr => of!(|a: u64, b| a.rotate_right((b % 64) as u32)),
        _ => return divide(instruction, stack),
    }
    true
}

/// As [`sum`]. What cannot be divided is left to whoever does not know the instruction.
fn divide(instruction: &Operator<'_>, stack: &mut Vec<u64>) -> bool {
    use Operator as O;
    let [.., a, b] = stack[..] else { return false };
    let result = match instruction {
        O::I32DivS => (a as i32).checked_div(b as i32).map(|result| u64::from(result as u32)),
        O::I32DivU => (a as u32).checked_div(b as u32).map(u64::from),
        O::I32RemS if b as u32 != 0 => Some(u64::from((a as i32).wrapping_rem(b as i32) as u32)),
        O::I32RemU => (a as u32).checked_rem(b as u32).map(u64::from),
        O::I64DivS => (a as i64).checked_div(b as i64).map(|result| result as u64),
        O::I64DivU => a.checked_div(b),
        O::I64RemS if b != 0 => Some((a as i64).wrapping_rem(b as i64) as u64),
        O::I64RemU => a.checked_rem(b),
        _ => None,
    };
    let Some(result) = result else { return false };
    stack.truncate(stack.len() - 2);
    stack.push(result);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an instruction leaves of two values; none if it has no answer.
    fn of(instruction: Operator<'_>, a: u64, b: u64) -> Option<u64> {
        let mut stack = vec![a, b];
        sum(&instruction, &mut stack).then(|| stack.pop()).flatten()
    }

    #[test]
    fn sums_are_those_of_webassembly() {
        use Operator as O;
        const MINUS_ONE: u64 = u32::MAX as u64;
        const LEAST: u64 = 1 << 31;
        assert_eq!(of(O::I32Add, MINUS_ONE, 2), Some(1));
        assert_eq!(of(O::I32Sub, 1, 2), Some(MINUS_ONE));
        assert_eq!(of(O::I32LtS, MINUS_ONE, 1), Some(1));
        assert_eq!(of(O::I32LtU, MINUS_ONE, 1), Some(0));
        assert_eq!(of(O::I32ShrS, LEAST, 31), Some(MINUS_ONE));
        assert_eq!(of(O::I32ShrU, LEAST, 33), Some(1 << 30), "shifts count in a circle");
        assert_eq!(of(O::I32Rotl, LEAST, 33), Some(1));
        assert_eq!(of(O::I64Rotr, 1, 1), Some(1 << 63));
        assert_eq!(of(O::I64Clz, 0, 1), Some(63));
        assert_eq!(of(O::I32Ctz, 0, 0), Some(32));
        assert_eq!(of(O::I32WrapI64, 0, u64::MAX), Some(MINUS_ONE));
        assert_eq!(of(O::I64ExtendI32S, 0, MINUS_ONE), Some(u64::MAX));
        assert_eq!(of(O::I32Extend8S, 0, 0x80), Some(0xffff_ff80));
        assert_eq!(of(O::I32DivS, MINUS_ONE, MINUS_ONE), Some(1));
        assert_eq!(of(O::I32DivS, LEAST, MINUS_ONE), None);
        assert_eq!(of(O::I32RemS, LEAST, MINUS_ONE), Some(0));
        assert_eq!(of(O::I64DivU, 7, 0), None);
        assert_eq!(of(O::F64Add, 1, 1), None);
    }
}
