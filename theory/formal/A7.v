(* A7: eps-SupCon as a log-sum-exp over negatives and the other positives. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Logits.
Open Scope R_scope.
Import ListNotations.

Lemma sum_exp_others i l : (i < length l)%nat -> sum_exp (others i l) = sum_exp l - exp (nth i l 0).
Proof.
  unfold others. rewrite sum_exp_app. revert i. induction l as [|a l IH]; intros i Hi; [simpl in Hi; lia|].
  destruct i as [|i]; simpl; [ring|]. simpl in Hi. specialize (IH i ltac:(lia)). simpl in IH. lra.
Qed.

Theorem A7_proved : A7_statement.
Proof.
  intros eps poss negs Hp. split; [|apply eps_sup_con_0].
  pose proof (sum_exp_pos poss Hp) as HT. pose proof (sum_exp_nonneg negs) as HY. pose proof (exp_pos (- eps)) as Hq.
  set (D := sum_exp poss * exp (- eps) + sum_exp negs). assert (HD : 0 < D) by (unfold D; nra).
  transitivity (mean (map (fun i => (eps + ln D) + -1 * nth i poss 0) (seq 0 (length poss)))).
  - apply mean_ext. intros i Hi. apply in_seq in Hi. cbv zeta. unfold LSE.
    change (sum_exp (0 :: ?l)) with (exp 0 + sum_exp l). rewrite exp_0, sum_exp_app, sum_exp_shift_plus, sum_exp_shift, sum_exp_others by lia.
    set (pos := nth i poss 0). transitivity (ln (D * exp (- (pos - eps)))).
    + f_equal. unfold D. replace (- (pos - eps)) with (- pos + eps) by ring. rewrite exp_plus.
      pose proof (exp_inverse pos). pose proof (exp_inverse eps).
      replace ((sum_exp poss * exp (- eps) + sum_exp negs) * (exp (- pos) * exp eps))
        with (sum_exp poss * exp (- pos) * (exp eps * exp (- eps)) + sum_exp negs * exp (- pos) * exp eps) by ring.
      rewrite H0. replace ((sum_exp poss - exp pos) * exp (- pos)) with (sum_exp poss * exp (- pos) - exp pos * exp (- pos)) by ring. rewrite H. ring.
    + rewrite ln_mult_exp by exact HD. ring.
  - rewrite (map_nth_seq_f (fun s => (eps + ln D) + -1 * s)), mean_affine, map_id by exact Hp.
    rewrite sup_con_ln by exact Hp. fold D. ring.
Qed.
