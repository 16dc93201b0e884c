//! Recurrent layers, one step after the other.

use super::sigmoid;
use crate::Result;
use crate::ops::LstmOutput;
use candle_core::Tensor;

/// See [`lstm_seq`](crate::ops::lstm_seq()).
///
/// # Errors
/// If shapes do not fit.
pub fn lstm_seq(gates: &Tensor, recurrent: &Tensor, h: &Tensor, c: &Tensor) -> Result<LstmOutput> {
    let (mut h, mut c) = (h.clone(), c.clone());
    let mut outputs = Vec::new();
    for t in 0..gates.dim(0)? {
        let a = (gates.get(t)? + h.matmul(recurrent)?)?; // [batch, 4·hidden]
        let parts = a.chunk(4, 1)?;
        let (i, f, o) = (sigmoid(&parts[0])?, sigmoid(&parts[1])?, sigmoid(&parts[3])?);
        c = ((f * c)? + (i * parts[2].tanh()?)?)?;
        h = (o * c.tanh()?)?;
        outputs.push(h.clone());
    }
    Ok(LstmOutput { outputs: Tensor::stack(&outputs, 0)?, h, c })
}

/// See [`gru_seq`](crate::ops::gru_seq()).
///
/// # Errors
/// If shapes do not fit.
pub fn gru_seq(gates: &Tensor, recurrent: &Tensor, h: &Tensor) -> Result<Tensor> {
    let mut h = h.clone();
    let hidden = h.dim(1)?;
    let (w, b) = (recurrent.narrow(0, 0, hidden)?, recurrent.narrow(0, hidden, 1)?);
    let mut outputs = Vec::new();
    for t in 0..gates.dim(0)? {
        let (x, q) = (gates.get(t)?.chunk(3, 1)?, h.matmul(&w)?.broadcast_add(&b)?.chunk(3, 1)?);
        let (r, z) = (sigmoid(&(&x[0] + &q[0])?)?, sigmoid(&(&x[1] + &q[1])?)?);
        let n = (&x[2] + (r * &q[2])?)?.tanh()?;
        h = ((&n - (&z * &n)?)? + (z * h)?)?;
        outputs.push(h.clone());
    }
    Ok(Tensor::stack(&outputs, 0)?)
}
