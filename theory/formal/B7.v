(* B7: balanced disconnected blocks. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Logits Vectors Linear Duality Population Shapes.
Open Scope R_scope.

Theorem B7_proved : B7_statement.
Proof.
  intros K tau pi alpha H2 Ht Hm Hbal H0 etf. pose proof Hm as (Hp & H1 & Ha & Hi). assert (HN : 2 <= INR K) by (apply (le_INR 2); exact H2).
  set (N := INR K) in *. set (low := - / (N - 1)) in *. set (y := exp (low / tau)). set (E := exp (/ tau)).
  assert (Hy : 0 < y) by apply exp_pos. assert (HE : 0 < E) by apply exp_pos.
  assert (HZ : forall k, (k < K)%nat -> partition K tau pi etf k = (E + (N - 1) * y) / N).
  { intros k Hk. unfold etf. rewrite partition_equal by assumption. rewrite Hbal by exact Hk. unfold E, y. field. lra. }
  assert (Hd : forall k, (k < K)%nat -> degree K pi alpha k = alpha k k / N).
  { intros k Hk. unfold degree. rewrite (sum_ext K _ (fun m => if (k =? m)%nat then alpha m m / N else 0)).
    - apply (sum_indicator K k (fun m => alpha m m / N) Hk).
    - intros m Hm'. rewrite Hbal by exact Hm'. fold N. destruct (Nat.eqb_spec k m) as [->|Hne]; [field; lra | rewrite H0 by assumption; ring]. }
  assert (Hkk : forall k, (k < K)%nat -> 0 < alpha k k).
  { intros k Hk. pose proof (model_degree K pi alpha k Hm Hk) as D. rewrite Hd in D by exact Hk.
    replace (alpha k k) with (alpha k k / N * N) by (field; lra). nra. }
  set (Z := E + (N - 1) * y) in *. assert (HZp : 0 < Z) by (unfold Z; nra). split.
  - destruct (simplex_vectors K H2) as (v & Hu & Hv). apply (pop_optimum K tau pi _ Ht Hp H1 (K - 1) v _ Hu Hv). intros x.
    apply (simplex_form K tau pi (fun _ l => pi l) _ (/ (N * tau) * (y / Z)) (/ (N * tau) * (E / Z - N / N))); [exact H2 | |].
    + apply Rmult_le_pos; [left; apply Rinv_0_lt_compat; nra | left; apply Rdiv_lt_0_compat; assumption].
    + intros k l Hk Hl. fold N low etf. fold (pop_grad K tau pi alpha).
      rewrite pop_grad_formula; try assumption;
        [| unfold etf, equal_cosines; rewrite Nat.eqb_sym; reflexivity | apply Ha; assumption | apply (model_degree K pi alpha); assumption ..].
      pose proof (Hkk k Hk). pose proof (Hkk l Hl).
      rewrite !HZ, !Hd, !Hbal by assumption. fold N. unfold etf, equal_cosines. destruct (Nat.eqb_spec k l) as [->|Hne].
      * replace (1 / tau) with (/ tau) by (unfold Rdiv; ring). fold E. field. repeat split; lra.
      * rewrite H0 by assumption. fold y. field. repeat split; lra.
  - unfold population_loss, weighted_loss.
    rewrite (sum_ext K (fun k => pi k * ln (partition K tau pi etf k)) (fun _ => / N * ln (Z / N))).
    2:{ intros k Hk. rewrite HZ, Hbal by exact Hk. reflexivity. }
    rewrite (sum_ext K (fun k => sum K (fun l => pair_weight K pi alpha k l * etf k l)) (fun _ => / N)).
    2:{ intros k Hk. rewrite (sum_ext K _ (fun l => if (k =? l)%nat then / N else 0)); [apply (sum_indicator K k (fun _ => / N) Hk)|].
        intros l Hl. unfold pair_weight. rewrite Hd, !Hbal by assumption. fold N. unfold etf, equal_cosines.
        pose proof (Hkk k Hk). destruct (Nat.eqb_spec k l) as [->|Hne]; [field; lra | rewrite H0 by assumption; unfold Rdiv; ring]. }
    rewrite !sum_const. fold N. unfold Z, y, E. replace (low / tau) with (- / ((N - 1) * tau)) by (unfold low; field; lra). field. lra.
Qed.
