(* A16: the Gaussian divergence, its lower bound, and when it vanishes. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Logits.
Open Scope R_scope.

Lemma gaussian_kl_split mu_a var_a mu_c var_c : 0 < var_a -> 0 < var_c ->
  gaussian_kl mu_a var_a mu_c var_c = (mu_a - mu_c) ^ 2 / (2 * var_c) + / 2 * (var_a / var_c - 1 - ln (var_a / var_c)).
Proof. intros. unfold gaussian_kl. field. lra. Qed.

Lemma bounds mu_a var_a mu_c var_c : 0 < var_a -> 0 < var_c ->
  0 <= (mu_a - mu_c) ^ 2 / (2 * var_c) <= gaussian_kl mu_a var_a mu_c var_c /\
  (gaussian_kl mu_a var_a mu_c var_c = 0 <-> mu_a = mu_c /\ var_a = var_c).
Proof.
  intros Ha Hc. rewrite gaussian_kl_split by assumption. assert (Hr : 0 < var_a / var_c) by (apply Rdiv_lt_0_compat; assumption).
  assert (H0 : 0 <= (mu_a - mu_c) ^ 2 / (2 * var_c)) by (apply Rmult_le_pos; [apply pow2_ge_0 | left; apply Rinv_0_lt_compat; lra]).
  pose proof (ln_tangent _ Hr) as Ht. repeat split; [exact H0 | lra | | |].
  - destruct (Req_dec mu_a mu_c) as [|Hne]; [assumption|].
    assert (0 < (mu_a - mu_c) ^ 2 / (2 * var_c)) by (apply Rdiv_lt_0_compat; [simpl; nra | lra]). lra.
  - destruct (Req_dec (var_a / var_c) 1) as [E|Hne].
    + apply (Rmult_eq_reg_r (/ var_c)); [|apply Rgt_not_eq, Rinv_0_lt_compat, Hc]. rewrite Rinv_r by lra. exact E.
    + pose proof (ln_tangent_strict _ Hr Hne). lra.
  - intros [-> ->]. replace (var_c / var_c) with 1 by (field; lra). rewrite ln_1. field. lra.
Qed.

Theorem A16_proved : A16_statement.
Proof.
  split; [exact bounds | split].
  - intros aligned conflicting Ha Hc. apply bounds; assumption.
  - intros mu_a var_a mu_c var_c E Ha Hc Eext Elin E1 Ex Ev.
    pose proof PI_RGT_0 as HPI.
    set (b := (mu_a - mu_c) / var_c). set (a := / (2 * var_c) - / (2 * var_a)).
    set (c := (mu_a - mu_c) ^ 2 / (2 * var_c) + (ln (2 * PI * var_c) - ln (2 * PI * var_a)) / 2 - b * mu_a).
    rewrite (Eext _ (fun x => 1 * (a * (x - mu_a) ^ 2 + b * x) + c * 1)).
    2:{ intros x. unfold gaussian_log_density, c, b, a. field. lra. }
    rewrite (Elin (fun x => a * (x - mu_a) ^ 2 + b * x) (fun _ => 1)), (Elin (fun x => (x - mu_a) ^ 2) (fun x => x)), E1, Ex, Ev.
    unfold gaussian_kl, c, b, a. rewrite ln_div by assumption.
    rewrite !(ln_mult (2 * PI)) by lra. field. lra.
Qed.
