(* B8: what temperature decides. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Intervals Spec Statements Logits Roots.
Open Scope R_scope.

Lemma threshold_exp tau : 0 < tau -> collapse_threshold tau = 2 * ((exp (2 / tau) - 1) / (exp (2 / tau) + 1)) - 1.
Proof.
  intros Ht. unfold collapse_threshold, tanh, sinh, cosh. replace (2 / tau) with (/ tau + / tau) by (unfold Rdiv; ring).
  rewrite exp_plus, exp_Ropp. pose proof (exp_pos (/ tau)). assert (0 < exp (/ tau) * exp (/ tau)) by (apply Rmult_lt_0_compat; assumption). field. repeat split; try lra; nra.
Qed.
Lemma threshold_le tau r : 0 < tau -> (collapse_threshold tau <= r <-> exp (2 / tau) * (1 - r) <= 3 + r).
Proof.
  intros Ht. rewrite threshold_exp by exact Ht. pose proof (exp_pos (2 / tau)) as He. set (e := exp (2 / tau)) in *.
  assert (E : (2 * ((e - 1) / (e + 1)) - 1 - r) * (e + 1) = e * (1 - r) - (3 + r)) by (field; lra). split; intros H.
  - assert ((2 * ((e - 1) / (e + 1)) - 1 - r) * (e + 1) <= 0) by nra. lra.
  - destruct (Rle_lt_dec (2 * ((e - 1) / (e + 1)) - 1) r) as [|Hlt]; [assumption | exfalso].
    assert (0 < (2 * ((e - 1) / (e + 1)) - 1 - r) * (e + 1)) by (apply Rmult_lt_0_compat; lra). lra.
Qed.
(* exp(a/tau) <= m iff a/log m <= tau *)
Lemma temperature_iff a tau m : 0 < a -> 0 < tau -> 1 < m -> (exp (a / tau) <= m <-> a / ln m <= tau).
Proof.
  intros Ha Ht Hm. assert (Hl : 0 < ln m) by (rewrite <- ln_1; apply ln_increasing; lra). split; intros H.
  - apply ln_le in H; [|apply exp_pos]. rewrite ln_exp in H. apply (Rmult_le_reg_r (ln m)); [exact Hl|]. unfold Rdiv at 1. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
    apply (Rmult_le_compat_l tau) in H; [|lra]. replace (tau * (a / tau)) with a in H by (field; lra). exact H.
  - rewrite <- (exp_ln m) by lra. apply exp_le. apply (Rmult_le_reg_l tau); [exact Ht|]. replace (tau * (a / tau)) with a by (field; lra).
    apply (Rmult_le_compat_r (ln m)) in H; [|lra]. unfold Rdiv in H. rewrite Rmult_assoc, Rinv_l, Rmult_1_r in H by lra. exact H.
Qed.
Lemma root_above tau c x y : 0 < tau -> collapse_side tau c = y -> collapse_side tau x < y -> x < c.
Proof.
  intros Ht E H. destruct (Rlt_le_dec x c) as [|[Hlt| ->]]; [assumption | | lra]. apply (collapse_increasing tau c x Ht) in Hlt. lra.
Qed.
Lemma root_below tau c x y : 0 < tau -> collapse_side tau c = y -> y < collapse_side tau x -> c < x.
Proof.
  intros Ht E H. destruct (Rlt_le_dec c x) as [|[Hlt| ->]]; [assumption | | lra]. apply (collapse_increasing tau x c Ht) in Hlt. lra.
Qed.

Theorem B8_proved : B8_statement.
Proof.
  split; [|split; [|split; [|split; [|split]]]].
  - intros tau tau' Ht Htt. rewrite !threshold_exp by lra. pose proof (exp_pos (2 / tau')) as He.
    assert (H : exp (2 / tau') < exp (2 / tau)). { apply exp_increasing. unfold Rdiv. apply Rmult_lt_compat_l; [lra|]. apply Rinv_lt_contravar; [apply Rmult_lt_0_compat; lra | exact Htt]. }
    set (e := exp (2 / tau)) in *. set (e' := exp (2 / tau')) in *.
    assert (E : (e - 1) / (e + 1) - (e' - 1) / (e' + 1) = 2 * (e - e') / ((e + 1) * (e' + 1))) by (field; lra).
    assert (0 < 2 * (e - e') / ((e + 1) * (e' + 1))) by (apply Rdiv_lt_0_compat; [lra | apply Rmult_lt_0_compat; lra]). lra.
  - intros tau r Ht Hr. rewrite threshold_le by exact Ht.
    assert (Hm : 1 < (3 + r) / (1 - r)) by (apply (Rmult_lt_reg_r (1 - r)); [lra|]; unfold Rdiv; rewrite Rmult_assoc, Rinv_l; lra).
    rewrite <- (temperature_iff 2 tau _ ltac:(lra) Ht Hm). split; intros H.
    + apply (Rmult_le_reg_r (1 - r)); [lra|]. unfold Rdiv at 2. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra. exact H.
    + apply (Rmult_le_compat_r (1 - r)) in H; [|lra]. unfold Rdiv at 2 in H. rewrite Rmult_assoc, Rinv_l, Rmult_1_r in H by lra. exact H.
  - intros tau r Ht Hr. apply threshold_le; [exact Ht|]. pose proof (exp_pos (2 / tau)). nra.
  - intros tau Ht. rewrite <- (temperature_iff 2 tau 3 ltac:(lra) Ht ltac:(lra)). pose proof (exp_pos (2 / tau)) as He. split; intros H.
    + destruct (Rle_lt_dec (exp (2 / tau)) 3) as [|Hlt]; [assumption | exfalso]. set (e := exp (2 / tau)) in *.
      assert (Hr : 0 < (e - 3) / (2 * (e + 1))) by (apply Rdiv_lt_0_compat; lra). specialize (H _ Hr). rewrite threshold_le in H by exact Ht. fold e in H.
      assert (E : (e - 3) / (2 * (e + 1)) * (e + 1) = (e - 3) / 2) by (field; lra). nra.
    + intros r Hr. apply threshold_le; [exact Ht|]. nra.
  - interval with (i_prec 60).
  - intros c1 c2 c3 E1 E2 E3.
    assert (91 / 100 < c1) by (apply (root_above (1 / 10) _ _ (1 + 8 / 19)); [lra | exact E1 | unfold collapse_side, tanh, sinh, cosh; interval with (i_prec 60)]).
    assert (c1 < 1) by (apply (root_below (1 / 10) _ _ (1 + 8 / 19)); [lra | exact E1 | unfold collapse_side, tanh, sinh, cosh; interval with (i_prec 60)]).
    assert (c2 < 72 / 100) by (apply (root_below (2 / 5) _ _ (1 + 8 / 19)); [lra | exact E2 | unfold collapse_side, tanh, sinh, cosh; interval with (i_prec 60)]).
    assert (92 / 100 < c3) by (apply (root_above 1 _ _ (1 + 8 / 19)); [lra | exact E3 | unfold collapse_side, tanh, sinh, cosh; interval with (i_prec 60)]).
    assert (c3 < 1) by (apply (root_below 1 _ _ (1 + 8 / 19)); [lra | exact E3 | unfold collapse_side, tanh, sinh, cosh; interval with (i_prec 60)]). lra.
Qed.
