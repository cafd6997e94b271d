(* B8: what temperature decides. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Intervals Spec Statements Logits Roots.
From ContrastiveClaims Require B5.
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

(* B5's limit, as B8 speaks of it *)
Lemma minority_limit tau r c : 0 < tau -> 0 < r -> collapse_side tau c = 1 + r -> limit_of_minority tau r (Rmin c 1) /\ 0 < c.
Proof.
  intros Ht Hr E. destruct (B5.B5_proved tau r Ht Hr) as (c' & Hc0 & Hc & _ & _ & L). apply Hc in E. subst c'. split; [exact L | exact Hc0].
Qed.
Lemma full_collapse tau r : 0 < tau -> 0 < r -> collapse_threshold tau <= r -> limit_of_minority tau r 1.
Proof.
  intros Ht Hr H. destruct (B5.B5_proved tau r Ht Hr) as (c & _ & _ & Hfull & _ & L). apply Hfull in H. rewrite H in L. exact L.
Qed.

Theorem B8_proved : B8_statement.
Proof.
  split; [|split; [|split; [|split; [|split]]]].
  - intros tau tau' Ht Htt. rewrite !threshold_exp by lra. pose proof (exp_pos (2 / tau')) as He.
    assert (H : exp (2 / tau') < exp (2 / tau)). { apply exp_increasing. unfold Rdiv. apply Rmult_lt_compat_l; [lra|]. apply Rinv_lt_contravar; [apply Rmult_lt_0_compat; lra | exact Htt]. }
    set (e := exp (2 / tau)) in *. set (e' := exp (2 / tau')) in *.
    assert (E : (e - 1) / (e + 1) - (e' - 1) / (e' + 1) = 2 * (e - e') / ((e + 1) * (e' + 1))) by (field; lra).
    assert (0 < 2 * (e - e') / ((e + 1) * (e' + 1))) by (apply Rdiv_lt_0_compat; [lra | apply Rmult_lt_0_compat; lra]). lra.
  - intros tau r Ht Hr. assert (T : collapse_threshold tau <= r <-> 2 / ln ((3 + r) / (1 - r)) <= tau).
    2:{ split; [exact T|]. split; [intros H; apply full_collapse; [exact Ht | lra | apply T, H]|]. intros H.
        destruct (B5.B5_proved tau r Ht ltac:(lra)) as (c & Hc0 & _ & Hfull & _ & L). exists c.
        assert (c < 1). { destruct (Rlt_le_dec c 1) as [|H1]; [assumption | exfalso]. apply Rmin_right in H1. apply Hfull, T in H1. lra. }
        rewrite Rmin_left in L by lra. split; [lra | exact L]. }
    rewrite threshold_le by exact Ht. assert (Hm : 1 < (3 + r) / (1 - r)) by (apply (Rmult_lt_reg_r (1 - r)); [lra|]; unfold Rdiv; rewrite Rmult_assoc, Rinv_l; lra).
    rewrite <- (temperature_iff 2 tau _ ltac:(lra) Ht Hm). split; intros H.
    + apply (Rmult_le_reg_r (1 - r)); [lra|]. unfold Rdiv at 2. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra. exact H.
    + apply (Rmult_le_compat_r (1 - r)) in H; [|lra]. unfold Rdiv at 2 in H. rewrite Rmult_assoc, Rinv_l, Rmult_1_r in H by lra. exact H.
  - intros tau r Ht Hr. assert (T : collapse_threshold tau <= r) by (apply threshold_le; [exact Ht|]; pose proof (exp_pos (2 / tau)); nra).
    split; [exact T | apply full_collapse; lra].
  - intros tau Ht. rewrite <- (temperature_iff 2 tau 3 ltac:(lra) Ht ltac:(lra)). pose proof (exp_pos (2 / tau)) as He. split; intros H.
    + destruct (Rle_lt_dec (exp (2 / tau)) 3) as [|Hlt]; [assumption | exfalso]. set (e := exp (2 / tau)) in *.
      assert (Hr : 0 < (e - 3) / (2 * (e + 1))) by (apply Rdiv_lt_0_compat; lra). specialize (H _ Hr). rewrite threshold_le in H by exact Ht. fold e in H.
      assert (E : (e - 3) / (2 * (e + 1)) * (e + 1) = (e - 3) / 2) by (field; lra). nra.
    + intros r Hr. apply threshold_le; [exact Ht|]. nra.
  - interval with (i_prec 60).
  - destruct (collapse_root (1 / 10) (1 + 8 / 19) ltac:(lra) ltac:(lra)) as (c1 & _ & R1). destruct (collapse_root (2 / 5) (1 + 8 / 19) ltac:(lra) ltac:(lra)) as (c2 & _ & R2).
    destruct (collapse_root 1 (1 + 8 / 19) ltac:(lra) ltac:(lra)) as (c3 & _ & R3). pose proof (proj2 (R1 c1) eq_refl) as E1. pose proof (proj2 (R2 c2) eq_refl) as E2. pose proof (proj2 (R3 c3) eq_refl) as E3.
    exists c1, c2, c3.
    assert (91 / 100 < c1) by (apply (root_above (1 / 10) _ _ (1 + 8 / 19)); [lra | exact E1 | unfold collapse_side, tanh, sinh, cosh; interval with (i_prec 60)]).
    assert (c1 < 1) by (apply (root_below (1 / 10) _ _ (1 + 8 / 19)); [lra | exact E1 | unfold collapse_side, tanh, sinh, cosh; interval with (i_prec 60)]).
    assert (c2 < 72 / 100) by (apply (root_below (2 / 5) _ _ (1 + 8 / 19)); [lra | exact E2 | unfold collapse_side, tanh, sinh, cosh; interval with (i_prec 60)]).
    assert (92 / 100 < c3) by (apply (root_above 1 _ _ (1 + 8 / 19)); [lra | exact E3 | unfold collapse_side, tanh, sinh, cosh; interval with (i_prec 60)]).
    assert (c3 < 1) by (apply (root_below 1 _ _ (1 + 8 / 19)); [lra | exact E3 | unfold collapse_side, tanh, sinh, cosh; interval with (i_prec 60)]).
    destruct (minority_limit (1 / 10) (8 / 19) c1 ltac:(lra) ltac:(lra) E1) as [L1 _]. destruct (minority_limit (2 / 5) (8 / 19) c2 ltac:(lra) ltac:(lra) E2) as [L2 _].
    destruct (minority_limit 1 (8 / 19) c3 ltac:(lra) ltac:(lra) E3) as [L3 _]. rewrite Rmin_left in L1, L2, L3 by lra.
    repeat split; try assumption; lra.
Qed.
