(* A9c: the non-contrastive terms force one point exactly from d + 2 samples on. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Vectors Linear.
Open Scope R_scope.

(* (trace H)^2 <= d |H|^2 for a Gram matrix of n vectors of R^d *)
Lemma trace_bound n d u : sum n (fun i => gram d u i i) * sum n (fun i => gram d u i i) <= INR d * sum2 n (fun i j => gram d u i j * gram d u i j).
Proof.
  set (C := fun c c' => sum n (fun i => u i c * u i c')).
  replace (sum n (fun i => gram d u i i)) with (sum d (fun c => C c c)) by (unfold C, gram, dot; symmetry; apply sum_swap).
  eapply Rle_trans; [apply cauchy_schwarz|]. apply Rmult_le_compat_l; [apply pos_INR|].
  replace (sum2 n (fun i j => gram d u i j * gram d u i j)) with (sum2 d (fun c c' => C c c' * C c c')).
  - apply sum_le. intros c Hc. rewrite <- (sum_indicator d c (fun c' => C c c' * C c c') Hc) at 1. apply sum_le. intros c' Hc'.
    destruct (c =? c')%nat; nra.
  - unfold sum2, C, gram, dot.
    transitivity (sum d (fun c => sum d (fun c' => sum n (fun i => sum n (fun j => u i c * u j c * (u i c' * u j c')))))).
    + apply sum_ext. intros c Hc. apply sum_ext. intros c' Hc'. rewrite <- sum_scal_r. apply sum_ext. intros i Hi.
      rewrite <- sum_scal. apply sum_ext. intros; ring.
    + transitivity (sum d (fun c => sum n (fun i => sum n (fun j => u i c * u j c * sum d (fun c' => u i c' * u j c'))))).
      * apply sum_ext. intros c Hc. rewrite sum_swap. apply sum_ext. intros i Hi. rewrite sum_swap. apply sum_ext. intros j Hj.
        apply sum_scal.
      * rewrite sum_swap. apply sum_ext. intros i Hi. rewrite sum_swap. apply sum_ext. intros j Hj. apply sum_scal_r.
Qed.

(* n vectors of R^d with all cosines c < 1: n <= d + 1 *)
Lemma equal_cosines d n z c : (2 <= n)%nat -> (forall i, (i < n)%nat -> on_sphere d (z i)) ->
  (forall i j, (i < n)%nat -> (j < n)%nat -> i <> j -> dot d (z i) (z j) = c) -> c < 1 -> (n <= d + 1)%nat.
Proof.
  intros Hn Hu Hc Hc1. set (N := INR n). assert (HN : 2 <= N) by (apply (le_INR 2); exact Hn).
  assert (G : forall i j, (i < n)%nat -> (j < n)%nat -> dot d (z i) (z j) = c + (if (i =? j)%nat then 1 - c else 0)).
  { intros i j Hi Hj. destruct (Nat.eqb_spec i j) as [->|Hne]; [rewrite (Hu j Hj); ring | rewrite Hc by assumption; ring]. }
  set (m := fun x => / N * sum n (fun j => z j x)). set (u := fun i x => z i x - m x).
  assert (Dm : forall x, dot d x m = / N * sum n (fun j => dot d x (z j))).
  { intros x. unfold dot, m. rewrite sum_swap, <- sum_scal. apply sum_ext. intros k Hk. rewrite sum_scal. ring. }
  assert (Zm : forall i, (i < n)%nat -> dot d (z i) m = c + (1 - c) / N).
  { intros i Hi. rewrite Dm. rewrite (sum_ext n _ (fun j => c + (if (i =? j)%nat then 1 - c else 0))) by (intros j Hj; apply G; assumption).
    rewrite sum_plus, sum_const, (sum_indicator n i (fun _ => 1 - c) Hi). fold N. field. lra. }
  assert (Mm : dot d m m = c + (1 - c) / N).
  { rewrite Dm. rewrite (sum_ext n _ (fun _ => c + (1 - c) / N)) by (intros j Hj; rewrite dot_sym; apply Zm, Hj).
    rewrite sum_const. fold N. field. lra. }
  assert (U : forall i j, (i < n)%nat -> (j < n)%nat -> gram d u i j = (1 - c) * ((if (i =? j)%nat then 1 else 0) - / N)).
  { intros i j Hi Hj. transitivity (dot d (z i) (z j) - dot d (z i) m - dot d (z j) m + dot d m m).
    - unfold gram, u, dot. rewrite <- !sum_minus, <- sum_plus. apply sum_ext. intros; ring.
    - rewrite G, !Zm, Mm by assumption. destruct (i =? j)%nat; field; lra. }
  pose proof (trace_bound n d u) as T.
  rewrite (sum_ext n (fun i => gram d u i i) (fun _ => (1 - c) * (1 - / N))) in T by (intros i Hi; rewrite U, Nat.eqb_refl by assumption; ring).
  rewrite (sum2_ext n _ (fun i j => (1 - c) * (1 - c) * / N * / N + (if (i =? j)%nat then (1 - c) * (1 - c) * (1 - 2 * / N) else 0))) in T.
  2:{ intros i j Hi Hj. rewrite U by assumption. destruct (i =? j)%nat; ring. }
  rewrite sum2_plus, (sum2_diag n (fun _ _ => _)) in T. unfold sum2 in T. rewrite !sum_const in T. fold N in T.
  replace (N * ((1 - c) * (1 - / N)) * (N * ((1 - c) * (1 - / N)))) with ((1 - c) * (1 - c) * (N - 1) * (N - 1)) in T by (field; lra).
  replace (INR d * (N * (N * ((1 - c) * (1 - c) * / N * / N)) + N * ((1 - c) * (1 - c) * (1 - 2 * / N)))) with ((1 - c) * (1 - c) * (N - 1) * INR d) in T by (field; lra).
  assert (0 < (1 - c) * (1 - c) * (N - 1)) by (apply Rmult_lt_0_compat; nra).
  assert (N - 1 <= INR d) by (apply (Rmult_le_reg_l ((1 - c) * (1 - c) * (N - 1))); assumption).
  apply INR_le. rewrite plus_INR. simpl. fold N. lra.
Qed.

Lemma terms_equal d n z : (3 <= n)%nat -> non_contrastive_terms d n z ->
  forall i j, (i < n)%nat -> (j < n)%nat -> i <> j -> dot d (z i) (z j) = dot d (z 0%nat) (z 1%nat).
Proof.
  intros Hn H. assert (R : forall a i t, (a < n)%nat -> (i < n)%nat -> (t < n)%nat -> i <> a -> t <> a -> dot d (z a) (z i) = dot d (z a) (z t)).
  { intros a i t Ha Hi Ht Hia Hta. destruct (Nat.eq_dec t i) as [->|Hne]; [reflexivity|].
    pose proof (H a i t Ha Hi Ht Hia Hta Hne). pose proof (H a t i Ha Ht Hi Hta Hia (not_eq_sym Hne)). lra. }
  intros i j Hi Hj Hne. destruct (Nat.eq_dec i 0) as [->|H0]; [apply R; lia|].
  rewrite (R i j 0%nat) by lia. rewrite dot_sym. apply R; lia.
Qed.

Lemma simplex_in d n : (2 <= n <= d + 1)%nat -> exists z, (forall i, (i < n)%nat -> on_sphere d (z i)) /\
  forall i j, (i < n)%nat -> (j < n)%nat -> i <> j -> dot d (z i) (z j) = - / (INR n - 1).
Proof.
  intros Hn. destruct (simplex (n - 2)) as (v & Hu & Hv). replace (n - 2 + 2)%nat with n in * by lia.
  exists (pad (n - 2 + 1) v). split; [apply (unit_pad n (n - 2 + 1) d v); [lia | exact Hu]|].
  intros i j Hi Hj Hne. change (gram d (pad (n - 2 + 1) v) i j = - / (INR n - 1)). rewrite gram_pad by lia. rewrite Hv by assumption.
  do 2 f_equal. replace (n - 2 + 1)%nat with (n - 1)%nat by lia. rewrite minus_INR by lia. reflexivity.
Qed.

Theorem A9c_proved : A9c_statement.
Proof.
  intros d n Hd Hn. assert (HN : 2 <= INR n) by (apply (le_INR 2); exact Hn). split; [split|].
  - intros H. destruct (Nat.le_gt_cases (d + 2) n) as [|Hlt]; [assumption | exfalso].
    destruct (simplex_in d n ltac:(lia)) as (z & Hu & Hz).
    assert (T : non_contrastive_terms d n z) by (intros a i t Ha Hi Ht Hia Hta _; rewrite !Hz by lia; lra).
    specialize (H z Hu T 0%nat 1%nat ltac:(lia) ltac:(lia)). rewrite squared_distance_sphere in H by (apply Hu; lia).
    rewrite Hz in H by lia. assert (0 < / (INR n - 1)) by (apply Rinv_0_lt_compat; lra). lra.
  - intros H z Hu T. pose proof (terms_equal d n z ltac:(lia) T) as E. set (c := dot d (z 0%nat) (z 1%nat)) in *.
    assert (Hc : c <= 1) by (apply dot_le_1; apply Hu; lia).
    destruct (Rle_lt_or_eq_dec c 1 Hc) as [Hlt|H1].
    + pose proof (equal_cosines d n z c Hn Hu E Hlt). lia.
    + intros i j Hi Hj. rewrite squared_distance_sphere by (apply Hu; assumption).
      destruct (Nat.eq_dec i j) as [->|Hne]; [rewrite (Hu j Hj); ring | rewrite E, H1 by assumption; ring].
  - intros H3. destruct (simplex_in d n ltac:(lia)) as (z & Hu & Hz). exists z. split; [exact Hu|]. split; [|exact Hz].
    intros a i t Ha Hi Ht Hia Hta _. rewrite !Hz by lia. lra.
Qed.
