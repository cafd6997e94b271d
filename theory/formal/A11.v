(* A11 and A11c: bounds on the mutual information by contrastive losses, for finite laws. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Logits Vectors.
Open Scope R_scope.
Import ListNotations.

Section Law.
  Variables (m : nat) (q : nat -> R).
  Hypotheses (Hq : forall j, (j < m)%nat -> 0 < q j) (Hq1 : sum m q = 1).
  Notation over := (over_negatives m q).
  Lemma over_le N : forall f g, (forall l, length l = N -> f l <= g l) -> over N f <= over N g.
  Proof.
    induction N as [|N IH]; intros f g H; simpl; [apply H; reflexivity|]. apply sum_le. intros j Hj. apply Rmult_le_compat_l; [left; apply Hq, Hj|].
    apply IH. intros l Hl. apply H. simpl. rewrite Hl. reflexivity.
  Qed.
  Lemma over_ext N : forall f g, (forall l, length l = N -> f l = g l) -> over N f = over N g.
  Proof.
    induction N as [|N IH]; intros f g H; simpl; [apply H; reflexivity|]. apply sum_ext. intros j Hj. f_equal. apply IH. intros l Hl. apply H. simpl. rewrite Hl. reflexivity.
  Qed.
  Lemma over_plus N : forall f g, over N (fun l => f l + g l) = over N f + over N g.
  Proof.
    induction N as [|N IH]; intros f g; simpl; [reflexivity|]. rewrite <- sum_plus. apply sum_ext. intros j _. rewrite IH. ring.
  Qed.
  Lemma over_scal N : forall c f, over N (fun l => c * f l) = c * over N f.
  Proof.
    induction N as [|N IH]; intros c f; simpl; [reflexivity|]. rewrite <- sum_scal. apply sum_ext. intros j _. rewrite IH. ring.
  Qed.
  Lemma over_const N : forall c, over N (fun _ => c) = c.
  Proof.
    induction N as [|N IH]; intros c; simpl; [reflexivity|]. rewrite (sum_ext m _ (fun j => q j * c)) by (intros; rewrite IH; reflexivity). rewrite sum_scal_r, Hq1. ring.
  Qed.
  (* the mean of sum_j e^s_j over N samples *)
  Lemma over_sum_exp N (s : nat -> R) : over N (fun l => sum_exp (map s l)) = INR N * sum m (fun j => q j * exp (s j)).
  Proof.
    induction N as [|N IH]; [simpl; ring|]. rewrite S_INR. change (over (S N) (fun l => sum_exp (map s l))) with (sum m (fun j => q j * over N (fun l => exp (s j) + sum_exp (map s l)))).
    rewrite (sum_ext m _ (fun j => q j * exp (s j) + q j * (INR N * sum m (fun j => q j * exp (s j))))).
    - rewrite sum_plus, sum_scal_r, Hq1. ring.
    - intros j _. rewrite over_plus, over_const, IH. ring.
  Qed.
  (* exchangeability: of N + 1 samples each carries the same part of the sum *)
  Lemma exchange (s : nat -> R) N : forall psi : R -> R,
    over (S N) (fun l => sum_exp (map s l) * psi (sum_exp (map s l))) =
    (INR N + 1) * sum m (fun j => q j * over N (fun l => exp (s j) * psi (exp (s j) + sum_exp (map s l)))).
  Proof.
    induction N as [|N IH]; intros psi.
    - simpl. rewrite Rplus_0_l, Rmult_1_l. apply sum_ext. intros j _. rewrite Rplus_0_r. reflexivity.
    - set (A := sum m (fun j => q j * over (S N) (fun l => exp (s j) * psi (exp (s j) + sum_exp (map s l))))).
      change (over (S (S N)) (fun l => sum_exp (map s l) * psi (sum_exp (map s l)))) with
        (sum m (fun j => q j * over (S N) (fun l => (exp (s j) + sum_exp (map s l)) * psi (exp (s j) + sum_exp (map s l))))).
      rewrite (sum_ext m _ (fun j => q j * over (S N) (fun l => exp (s j) * psi (exp (s j) + sum_exp (map s l))) +
        (INR N + 1) * (q j * sum m (fun i => q i * over N (fun l => exp (s i) * psi (exp (s j) + (exp (s i) + sum_exp (map s l)))))))).
      + rewrite sum_plus, sum_scal. fold A. rewrite S_INR. enough (E : sum m (fun j => q j * sum m (fun i => q i * over N (fun l => exp (s i) * psi (exp (s j) + (exp (s i) + sum_exp (map s l)))))) = A) by (rewrite E; ring).
        transitivity (sum m (fun j => sum m (fun i => q i * (q j * over N (fun l => exp (s i) * psi (exp (s j) + (exp (s i) + sum_exp (map s l)))))))).
        { apply sum_ext. intros j _. rewrite <- sum_scal. apply sum_ext. intros; ring. }
        rewrite sum_swap. unfold A. apply sum_ext. intros i _. rewrite sum_scal. f_equal.
        change (over (S N) (fun l => exp (s i) * psi (exp (s i) + sum_exp (map s l)))) with (sum m (fun j => q j * over N (fun l => exp (s i) * psi (exp (s i) + (exp (s j) + sum_exp (map s l)))))).
        apply sum_ext. intros j _. f_equal. apply over_ext. intros l _. do 2 f_equal. ring.
      + intros j _. rewrite <- (Rmult_plus_distr_l (q j)) || idtac.
        rewrite (over_ext (S N) _ (fun l => exp (s j) * psi (exp (s j) + sum_exp (map s l)) + sum_exp (map s l) * psi (exp (s j) + sum_exp (map s l)))) by (intros; ring).
        rewrite over_plus, (IH (fun x => psi (exp (s j) + x))). ring.
  Qed.
  Lemma over_share (s : nat -> R) N : (0 < m)%nat -> (INR N + 1) * sum m (fun j => q j * over N (fun l => exp (s j) / (exp (s j) + sum_exp (map s l)))) = 1.
  Proof.
    intros Hm. pose proof (exchange s N (fun x => / x)) as E. cbv beta in E. unfold Rdiv. rewrite <- E.
    rewrite (over_ext (S N) _ (fun _ => 1)); [apply over_const|]. intros l Hl. apply Rinv_r, Rgt_not_eq, sum_exp_pos. destruct l; [discriminate | discriminate].
  Qed.
End Law.

Section Joint.
  Variables (n m : nat) (p : nat -> nat -> R).
  Hypothesis Hlaw : joint_law n m p.
  Lemma symbols : (0 < n)%nat /\ (0 < m)%nat.
  Proof.
    destruct Hlaw as [_ H1]. split.
    - destruct n; [simpl in H1; lra | lia].
    - destruct m; [|lia]. simpl in H1. rewrite sum_zero in H1. lra.
  Qed.
  Lemma anchor_pos i : (i < n)%nat -> 0 < anchor_law m p i.
  Proof. intros Hi. apply sum_pos; [apply symbols | intros j Hj; apply Hlaw; assumption]. Qed.
  Lemma sample_pos j : (j < m)%nat -> 0 < sample_law n p j.
  Proof. intros Hj. apply sum_pos; [apply symbols | intros i Hi; apply Hlaw; assumption]. Qed.
  Lemma sample_1 : sum m (sample_law n p) = 1.
  Proof. unfold sample_law. rewrite <- sum_swap. apply Hlaw. Qed.
  Lemma anchor_1 : sum n (anchor_law m p) = 1. Proof. apply Hlaw. Qed.
  Notation over := (over_negatives m (sample_law n p)).
  Lemma information_nonneg : 0 <= information n m p.
  Proof.
    unfold information. apply Rle_trans with (sum n (fun i => sum m (fun j => p i j - anchor_law m p i * sample_law n p j))).
    - right. rewrite (sum_ext n _ (fun i => anchor_law m p i - anchor_law m p i * 1)).
      + rewrite sum_minus, sum_scal_r, anchor_1. ring.
      + intros i _. rewrite sum_minus, sum_scal, sample_1. reflexivity.
    - apply sum_le. intros i Hi. apply sum_le. intros j Hj. pose proof (proj1 Hlaw i j Hi Hj) as P. pose proof (anchor_pos i Hi) as A. pose proof (sample_pos j Hj) as S.
      assert (AS : 0 < anchor_law m p i * sample_law n p j) by (apply Rmult_lt_0_compat; assumption). unfold pointwise.
      pose proof (ln_tangent (anchor_law m p i * sample_law n p j / p i j) ltac:(apply Rdiv_lt_0_compat; assumption)) as T. rewrite ln_div in T by assumption. rewrite ln_div by assumption.
      apply (Rmult_le_compat_l (p i j)) in T; [|lra]. replace (p i j * (anchor_law m p i * sample_law n p j / p i j - 1)) with (anchor_law m p i * sample_law n p j - p i j) in T by (field; lra). lra.
  Qed.
  Lemma lower_valid N s : ln (INR N + 1) + lower_bound n m N p s <= information n m p.
  Proof.
    pose proof (pos_INR N) as HN. destruct symbols as [Hn0 Hm0].
    assert (T : lower_bound n m N p s <= sum n (fun i => sum m (fun j => p i j * (pointwise n m p i j - ln (INR N + 1) - 1) +
      anchor_law m p i * ((INR N + 1) * (sample_law n p j * over N (fun l => exp (s i j) / (exp (s i j) + sum_exp (map (s i) l)))))))).
    { unfold lower_bound. apply sum_le. intros i Hi. apply sum_le. intros j Hj. pose proof (proj1 Hlaw i j Hi Hj) as P. pose proof (anchor_pos i Hi) as A. pose proof (sample_pos j Hj) as S.
      set (k := (INR N + 1) * (anchor_law m p i * sample_law n p j / p i j)).
      assert (AS : 0 < anchor_law m p i * sample_law n p j) by (apply Rmult_lt_0_compat; assumption).
      assert (Hk : 0 < k) by (apply Rmult_lt_0_compat; [lra | apply Rdiv_lt_0_compat; assumption]).
      apply Rle_trans with (p i j * over N (fun l => (pointwise n m p i j - ln (INR N + 1) - 1) + k * (exp (s i j) / (exp (s i j) + sum_exp (map (s i) l))))).
      - apply Rmult_le_compat_l; [lra|]. apply over_le; [intros; apply sample_pos; assumption|]. intros l _. pose proof (exp_pos (s i j)). pose proof (sum_exp_nonneg (map (s i) l)).
        assert (R0 : 0 < exp (s i j) / (exp (s i j) + sum_exp (map (s i) l))) by (apply Rdiv_lt_0_compat; lra). set (r := exp (s i j) / (exp (s i j) + sum_exp (map (s i) l))) in *.
        pose proof (ln_tangent (k * r) ltac:(apply Rmult_lt_0_compat; assumption)) as T. rewrite ln_mult in T by assumption.
        assert (Lk : ln k = ln (INR N + 1) - pointwise n m p i j).
        { unfold k, pointwise. rewrite ln_mult, !ln_div by (lra || assumption || (apply Rdiv_lt_0_compat; assumption)). ring. } lra.
      - right. rewrite over_plus, over_const, over_scal by apply sample_1. unfold k. field. lra. }
    eapply Rle_trans; [apply Rplus_le_compat_l, T|]. right. unfold information.
    rewrite (sum_ext n (fun i => sum m (fun j => p i j * (pointwise n m p i j - ln (INR N + 1) - 1) + anchor_law m p i * ((INR N + 1) * (sample_law n p j * over N (fun l => exp (s i j) / (exp (s i j) + sum_exp (map (s i) l)))))))
      (fun i => sum m (fun j => p i j * pointwise n m p i j) + - ln (INR N + 1) * anchor_law m p i)).
    - rewrite sum_plus, sum_scal, anchor_1. ring.
    - intros i Hi. rewrite sum_plus, !sum_scal.
      rewrite (over_share m (sample_law n p) sample_1 (s i) N Hm0) || rewrite (over_share m (sample_law n p) (fun j Hj => sample_pos j Hj) sample_1 (s i) N Hm0).
      rewrite (sum_ext m (fun j => p i j * (pointwise n m p i j - ln (INR N + 1) - 1)) (fun j => p i j * pointwise n m p i j + p i j * (- ln (INR N + 1) - 1))) by (intros; ring).
      rewrite sum_plus, sum_scal_r. fold (anchor_law m p i). ring.
  Qed.
  Lemma lower_empty N s : lower_bound n m N p s <= 0.
  Proof.
    unfold lower_bound. apply Rle_trans with (sum n (fun i => sum m (fun j => p i j * 0))); [|right; apply sum_0; intros; apply sum_0; intros; ring].
    apply sum_le. intros i Hi. apply sum_le. intros j Hj. apply Rmult_le_compat_l; [left; apply Hlaw; assumption|].
    rewrite <- (over_const m (sample_law n p) sample_1 N 0). apply over_le; [intros; apply sample_pos; assumption|]. intros l _.
    pose proof (exp_pos (s i j)). pose proof (sum_exp_nonneg (map (s i) l)). rewrite <- ln_1. apply ln_le; [apply Rdiv_lt_0_compat; lra|].
    apply (Rmult_le_reg_r (exp (s i j) + sum_exp (map (s i) l))); [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. lra.
  Qed.
  Lemma upper_valid N s c : (1 <= N)%nat -> (forall i j, (i < n)%nat -> (j < m)%nat -> s i j = pointwise n m p i j + c i) ->
    information n m p <= ln (INR N) + upper_bound n m N p s.
  Proof.
    intros H1 Hs. assert (HN : 1 <= INR N) by (apply (le_INR 1); exact H1).
    assert (Em : forall i, (i < n)%nat -> sum m (fun j => sample_law n p j * exp (s i j)) = exp (c i)).
    { intros i Hi. pose proof (anchor_pos i Hi). rewrite (sum_ext m _ (fun j => exp (c i) / anchor_law m p i * p i j)).
      - rewrite sum_scal. fold (anchor_law m p i). field. lra.
      - intros j Hj. pose proof (sample_pos j Hj). rewrite Hs, exp_plus by assumption. unfold pointwise. rewrite exp_ln.
        + field. lra.
        + apply Rdiv_lt_0_compat; [apply Hlaw; assumption | apply Rmult_lt_0_compat; assumption]. }
    unfold information, upper_bound.
    apply Rle_trans with (ln (INR N) + sum n (fun i => sum m (fun j => p i j * pointwise n m p i j + p i j * - ln (INR N)))).
    - right. rewrite (sum_ext n (fun i => sum m (fun j => p i j * pointwise n m p i j + p i j * - ln (INR N))) (fun i => sum m (fun j => p i j * pointwise n m p i j) + anchor_law m p i * - ln (INR N))).
      + rewrite sum_plus, sum_scal_r, anchor_1. ring.
      + intros i _. rewrite sum_plus, sum_scal_r. reflexivity.
    - apply Rplus_le_compat_l, sum_le. intros i Hi. apply sum_le. intros j Hj. pose proof (proj1 Hlaw i j Hi Hj) as P. rewrite <- Rmult_plus_distr_l. apply Rmult_le_compat_l; [lra|].
      pose proof (exp_pos (c i)) as Ec. set (k := / (INR N * exp (c i))). assert (HNe : 0 < INR N * exp (c i)) by (apply Rmult_lt_0_compat; lra).
      assert (Hk : 0 < k) by (apply Rinv_0_lt_compat, HNe).
      apply Rle_trans with (over N (fun l => (pointwise n m p i j - ln (INR N) + 1) + - k * sum_exp (map (s i) l))).
      + right. rewrite over_plus, over_const, over_scal, over_sum_exp, Em by (apply sample_1 || assumption). unfold k. field. lra.
      + apply over_le; [intros; apply sample_pos; assumption|]. intros l Hl.
        assert (W0 : 0 < sum_exp (map (s i) l)) by (apply sum_exp_pos; destruct l; [simpl in Hl; lia | discriminate]). rewrite ln_div, ln_exp, Hs by (assumption || apply exp_pos).
        pose proof (ln_tangent (k * sum_exp (map (s i) l)) ltac:(apply Rmult_lt_0_compat; assumption)) as T. rewrite ln_mult in T by assumption.
        assert (Lk : ln k = - ln (INR N) - c i) by (unfold k; rewrite ln_Rinv, ln_mult, ln_exp by lra; ring). lra.
  Qed.
End Joint.

(* constant critics see log(1/N) *)
Lemma upper_constant n m N p : joint_law n m p -> (1 <= N)%nat -> upper_bound n m N p (fun _ _ => 0) = - ln (INR N).
Proof.
  intros Hlaw HN. assert (E : forall l : list nat, length l = N -> ln (exp 0 / sum_exp (map (fun _ => 0) l)) = - ln (INR N)).
  { intros l <-. replace (sum_exp (map (fun _ => 0) l)) with (INR (length l)).
    - rewrite exp_0. unfold Rdiv. rewrite Rmult_1_l, ln_Rinv; [reflexivity | apply lt_0_INR; lia].
    - clear HN. induction l as [|a l IH]; [reflexivity|]. change (length (a :: l)) with (S (length l)). rewrite S_INR, IH. simpl. rewrite exp_0. ring. }
  unfold upper_bound. rewrite (sum_ext n _ (fun i => anchor_law m p i * - ln (INR N))).
  - rewrite sum_scal_r, (anchor_1 n m p Hlaw). ring.
  - intros i _. unfold anchor_law. rewrite <- sum_scal_r. apply sum_ext. intros j _. f_equal.
    rewrite (over_ext m (sample_law n p) N _ (fun _ => - ln (INR N))) by (intros; apply E; assumption). apply over_const, (sample_1 n m p Hlaw).
Qed.
Definition independent (i j : nat) : R := / 4.
Lemma independent_law : joint_law 2 2 independent.
Proof. split; [intros; unfold independent; lra | unfold independent; simpl; lra]. Qed.
Lemma independent_pointwise i j : pointwise 2 2 independent i j = 0.
Proof. unfold pointwise, anchor_law, sample_law, independent. simpl. replace (/ 4 / ((0 + / 4 + / 4) * (0 + / 4 + / 4))) with 1 by field. apply ln_1. Qed.

Theorem A11_proved : A11_statement.
Proof.
  split.
  - intros N HN. assert (L : 0 < ln (INR N)) by (rewrite <- ln_1; apply ln_increasing; [lra|]; apply (lt_INR 1); lia).
    assert (W : upper_bound 2 2 N independent (pointwise 2 2 independent) < information 2 2 independent).
    { replace (information 2 2 independent) with 0 by (unfold information; simpl; rewrite !independent_pointwise; ring).
      replace (upper_bound 2 2 N independent (pointwise 2 2 independent)) with (upper_bound 2 2 N independent (fun _ _ => 0)).
      - rewrite (upper_constant 2 2 N independent independent_law) by lia. lra.
      - unfold upper_bound. apply sum_ext. intros i _. apply sum_ext. intros j _. f_equal. apply over_ext. intros l _. rewrite independent_pointwise.
        do 3 f_equal. apply map_ext. intros k. rewrite independent_pointwise. reflexivity. }
    split; [|exists 2%nat, 2%nat, independent; split; [exact independent_law | exact W]].
    intros H. destruct (H 2%nat 2%nat independent (pointwise 2 2 independent) independent_law) as [_ U]. lra.
  - intros n m N p s Hlaw. split; [apply lower_empty, Hlaw | apply information_nonneg, Hlaw].
Qed.
