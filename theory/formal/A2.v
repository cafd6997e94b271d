(* A2: the hinge sandwich, for every list of negatives. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Logits.
Open Scope R_scope.
Import ListNotations.

Lemma hinge_nonneg eps pos negs : 0 <= hinge eps pos negs.
Proof. unfold hinge. induction negs as [|a l IH]; simpl; [lra|]. eapply Rle_trans; [exact IH | apply Rmax_r]. Qed.
Lemma hinge_ge eps pos negs u : In u (map (fun neg => neg - pos + eps) negs) -> u <= hinge eps pos negs.
Proof.
  unfold hinge. induction negs as [|a l IH]; simpl; [tauto|]. intros [<-|H]; [apply Rmax_l|].
  eapply Rle_trans; [exact (IH H) | apply Rmax_r].
Qed.
(* the hinge is one of the N+1 exponents *)
Lemma hinge_in eps pos negs : hinge eps pos negs = 0 \/ In (hinge eps pos negs) (map (fun neg => neg - pos + eps) negs).
Proof.
  unfold hinge. induction negs as [|a l IH]; simpl; [tauto|].
  unfold Rmax; destruct (Rle_dec _ _); [destruct IH; [left|right; right]; assumption | right; left; reflexivity].
Qed.

Lemma sandwich eps pos negs : negs <> [] ->
  hinge eps pos negs < eps_infonce eps pos negs + eps <= hinge eps pos negs + ln (INR (length negs) + 1).
Proof.
  intros Hne. rewrite eps_infonce_plus. split.
  - apply ln_exp_lt. assert (Hp : 0 < sum_exp (map (fun neg => neg - pos + eps) negs)) by (apply sum_exp_pos; destruct negs; [congruence | discriminate]).
    destruct (hinge_in eps pos negs) as [-> | H]; [rewrite exp_0; lra|]. apply sum_exp_in in H. lra.
  - pose proof (hinge_nonneg eps pos negs) as H0. pose proof (sum_exp_le _ _ (hinge_ge eps pos negs)) as Hs.
    rewrite map_length in Hs. pose proof (pos_INR (length negs)) as HN.
    pose proof (sum_exp_nonneg (map (fun neg => neg - pos + eps) negs)) as Hp.
    pose proof (exp_le _ _ H0) as H1. rewrite exp_0 in H1.
    rewrite <- (ln_exp (hinge eps pos negs)). rewrite <- ln_mult by (apply exp_pos || lra). apply ln_le; lra.
Qed.

Lemma approached eps delta N : 0 < delta -> (1 <= N)%nat ->
  exists pos negs, length negs = N /\ eps_infonce eps pos negs + eps < hinge eps pos negs + delta.
Proof.
  intros Hd HN. assert (He : 1 < exp delta) by (rewrite <- exp_0; apply exp_increasing; lra).
  pose proof (pos_INR N) as HP. set (u := ln ((exp delta - 1) / (INR N + 1))).
  exists (eps - u), (repeat 0 N). split; [apply repeat_length|].
  pose proof (hinge_nonneg eps (eps - u) (repeat 0 N)). rewrite eps_infonce_plus.
  enough (ln (1 + sum_exp (map (fun neg => neg - (eps - u) + eps) (repeat 0 N))) < delta) by lra.
  apply exp_lt_ln; [pose proof (sum_exp_nonneg (map (fun neg => neg - (eps - u) + eps) (repeat 0 N))); lra|].
  assert (Hu : forall x, In x (map (fun neg => neg - (eps - u) + eps) (repeat 0 N)) -> x <= u).
  { intros x Hx. apply in_map_iff in Hx. destruct Hx as (y & <- & Hy). apply repeat_spec in Hy. subst y. lra. }
  apply sum_exp_le in Hu. rewrite map_length, repeat_length in Hu.
  assert (Hq : 0 < (exp delta - 1) / (INR N + 1)) by (apply Rdiv_lt_0_compat; lra).
  unfold u in Hu at 2. rewrite exp_ln in Hu by exact Hq.
  assert ((exp delta - 1) / (INR N + 1) * (INR N + 1) = exp delta - 1) by (field; lra). nra.
Qed.

Theorem A2_proved : A2_statement.
Proof. split; [exact sandwich | exact approached]. Qed.
