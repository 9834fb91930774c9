// Proofs of pulse_predictor_sequential.v's rules.
