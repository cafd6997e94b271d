(* A3: the loss pins the margin, freely and on the sphere. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Logits Vectors.
Open Scope R_scope.
Import ListNotations.

(* e^l - e^-eps = sum_j e^(s-_j - s+) *)
Lemma excess eps pos negs : exp (eps_infonce eps pos negs) - exp (- eps) = sum_exp negs * exp (- pos).
Proof. rewrite exp_eps_infonce. ring. Qed.
Lemma excess_pos pos negs : negs <> [] -> 0 < sum_exp negs * exp (- pos).
Proof. intros H. apply Rmult_lt_0_compat; [apply sum_exp_pos, H | apply exp_pos]. Qed.
Lemma exp_margin pos negs : exp (- margin pos negs) = exp (largest negs) * exp (- pos).
Proof. unfold margin. rewrite <- exp_plus. f_equal. ring. Qed.

Lemma interval_of_margin eps pos negs : negs <> [] -> let l := eps_infonce eps pos negs in
  margin_low eps l <= margin pos negs <= margin_high eps l (length negs) /\ (l <= ln 2 - eps -> eps <= margin pos negs).
Proof.
  intros Hn l. unfold margin_low, margin_high. pose proof (excess_pos pos negs Hn) as HW. pose proof (length_pos negs Hn) as HN.
  pose proof (exp_pos (- pos)) as Hp. unfold l. rewrite excess.
  assert (Hlow : - ln (sum_exp negs * exp (- pos)) <= margin pos negs).
  { enough (- margin pos negs <= ln (sum_exp negs * exp (- pos))) by lra. apply ln_exp_le; [exact HW|]. rewrite exp_margin.
    apply Rmult_le_compat_r; [lra|]. apply sum_exp_in, largest_in, Hn. }
  repeat split; [exact Hlow | |].
  - enough (ln (sum_exp negs * exp (- pos) / INR (length negs)) <= - margin pos negs) by lra.
    apply exp_le_ln; [apply Rdiv_lt_0_compat; assumption|]. rewrite exp_margin.
    pose proof (sum_exp_le negs (largest negs) (largest_ge negs)) as H.
    apply (Rmult_le_reg_r (INR (length negs))); [exact HN|].
    replace (sum_exp negs * exp (- pos) / INR (length negs) * INR (length negs)) with (sum_exp negs * exp (- pos)) by (field; lra). nra.
  - intros H. eapply Rle_trans; [|exact Hlow]. enough (ln (sum_exp negs * exp (- pos)) <= - eps) by lra.
    apply exp_le_ln; [exact HW|]. rewrite <- (excess eps). apply exp_le in H. rewrite exp_minus, exp_ln in H by lra. lra.
Qed.

Lemma mix_pos t a b : 0 <= t <= 1 -> 0 < a -> 0 < b -> 0 < t * a + (1 - t) * b.
Proof. intros Ht Ha Hb. destruct (Rle_lt_dec t (1 / 2)); [assert (0 < (1 - t) * b) | assert (0 < t * a)]; nra. Qed.

(* concavity of the logarithm *)
Lemma ln_concave t a b : 0 <= t <= 1 -> 0 < a -> 0 < b -> t * ln a + (1 - t) * ln b <= ln (t * a + (1 - t) * b).
Proof.
  intros Ht Ha Hb. set (m := t * a + (1 - t) * b). assert (Hm : 0 < m) by (apply mix_pos; assumption).
  pose proof (ln_tangent (a / m) (Rdiv_lt_0_compat _ _ Ha Hm)) as H1. pose proof (ln_tangent (b / m) (Rdiv_lt_0_compat _ _ Hb Hm)) as H2.
  rewrite ln_div in H1, H2 by assumption.
  assert (E : t * (a / m - 1) + (1 - t) * (b / m - 1) = 0) by (unfold m in *; field; lra). nra.
Qed.

Lemma low_end_convex eps l l' t : - eps < l -> - eps < l' -> 0 <= t <= 1 ->
  margin_low eps (t * l + (1 - t) * l') <= t * margin_low eps l + (1 - t) * margin_low eps l'.
Proof.
  intros H1 H2 Ht. unfold margin_low. set (q := exp (- eps)). assert (Hq : 0 < q) by apply exp_pos.
  assert (A1 : 0 < exp l - q) by (apply exp_increasing in H1; fold q in H1; lra).
  assert (A2 : 0 < exp l' - q) by (apply exp_increasing in H2; fold q in H2; lra).
  set (x := t * l + (1 - t) * l'). pose proof (exp_pos l) as B1. pose proof (exp_pos l') as B2.
  pose proof (exp_inverse l) as I1. pose proof (exp_inverse l') as I2. pose proof (exp_pos (- l)) as C1. pose proof (exp_pos (- l')) as C2.
  set (u := t * ((exp l - q) * exp (- l)) + (1 - t) * ((exp l' - q) * exp (- l'))).
  assert (U1 : t * (ln (exp l - q) - l) + (1 - t) * (ln (exp l' - q) - l') <= ln u).
  { unfold u. rewrite <- !ln_mult_exp by assumption. apply ln_concave; [exact Ht | apply Rmult_lt_0_compat; assumption ..]. }
  assert (Eu : 1 - u = t * (q * exp (- l)) + (1 - t) * (q * exp (- l'))).
  { unfold u. rewrite !Rmult_minus_distr_r, I1, I2. ring. }
  assert (U2 : t * (ln q - l) + (1 - t) * (ln q - l') <= ln (1 - u)).
  { rewrite Eu.
    rewrite <- !ln_mult_exp by exact Hq. apply ln_concave; [exact Ht | apply Rmult_lt_0_compat; assumption ..]. }
  assert (Hu : 0 < u).
  { assert (0 < (exp l - q) * exp (- l)) by (apply Rmult_lt_0_compat; assumption).
    assert (0 < (exp l' - q) * exp (- l')) by (apply Rmult_lt_0_compat; assumption). apply mix_pos; assumption. }
  assert (Hu1 : 0 < 1 - u).
  { assert (0 < q * exp (- l)) by (apply Rmult_lt_0_compat; assumption).
    assert (0 < q * exp (- l')) by (apply Rmult_lt_0_compat; assumption). rewrite Eu. apply mix_pos; assumption. }
  assert (V : q * exp (- x) <= 1 - u).
  { rewrite <- (exp_ln q Hq) at 1. rewrite <- exp_minus. rewrite <- (exp_ln (1 - u) Hu1). apply exp_le. unfold x. lra. }
  assert (W : u * exp x <= exp x - q).
  { pose proof (exp_inverse x). pose proof (exp_pos x). assert (q * exp (- x) * exp x <= (1 - u) * exp x) by (apply Rmult_le_compat_r; lra). nra. }
  pose proof (exp_pos x) as Hx.
  assert (ln u + x <= ln (exp x - q)).
  { rewrite <- (ln_exp x) at 1. rewrite <- ln_mult by assumption. apply ln_le; [apply Rmult_lt_0_compat; assumption | exact W]. }
  unfold x in *. lra.
Qed.

Section Sphere.
  Variables (eps tau : R) (d : nat) (anchor positive : vector) (negs : list vector).
  Hypotheses (Ht : 0 < tau) (Hn : negs <> []) (Ha : on_sphere d anchor) (Hp : on_sphere d positive) (Hs : Forall (on_sphere d) negs).
  Let pos := logit tau d anchor positive.
  Let s := map (logit tau d anchor) negs.
  Let l := eps_infonce eps pos s.
  Let low := margin_low_on_sphere eps tau l (length negs).

  Lemma logit_low u : In u s -> - / tau <= u.
  Proof.
    unfold s. intros H. apply in_map_iff in H. destruct H as (z & <- & Hz). rewrite Forall_forall in Hs.
    pose proof (dot_ge_m1 d anchor z Ha (Hs z Hz)). unfold logit, Rdiv. pose proof (Rinv_0_lt_compat _ Ht). nra.
  Qed.
  Lemma pos_high : pos <= / tau.
  Proof. pose proof (dot_le_1 d anchor positive Ha Hp). unfold pos, logit, Rdiv. pose proof (Rinv_0_lt_compat _ Ht). nra. Qed.
  Lemma s_nonempty : s <> [].
  Proof. unfold s. destruct negs; [congruence | discriminate]. Qed.
  Lemma floor_of_others : exp (largest s) + INR (length negs - 1) * exp (- / tau) <= sum_exp s.
  Proof.
    pose proof s_nonempty as H0. pose proof logit_low as H1. replace (length negs) with (length s) by apply map_length.
    revert H0 H1. generalize s. clear -Ht. intros [|a m] H0 Hl; [congruence|]. clear H0.
    replace (length (a :: m) - 1)%nat with (length m) by (simpl; lia). change (largest (a :: m)) with (fold_right Rmax a m).
    induction m as [|b m IH]; [simpl; lra|].
    change (length (b :: m)) with (S (length m)). rewrite S_INR. change (fold_right Rmax a (b :: m)) with (Rmax b (fold_right Rmax a m)).
    assert (Hl' : forall u, In u (a :: m) -> - / tau <= u) by (intros u [->|Hu]; apply Hl; [left; reflexivity | right; right; exact Hu]).
    specialize (IH Hl'). assert (Hb := exp_le _ _ (Hl b (or_intror (or_introl eq_refl)))).
    assert (Hh := exp_le _ _ (Hl' _ (largest_in (a :: m) ltac:(discriminate)))). change (largest (a :: m)) with (fold_right Rmax a m) in Hh.
    change (sum_exp (a :: b :: m)) with (exp a + (exp b + sum_exp m)). change (sum_exp (a :: m)) with (exp a + sum_exp m) in IH.
    destruct (Rle_lt_dec b (fold_right Rmax a m)); [rewrite Rmax_right by lra | rewrite Rmax_left by lra]; lra.
  Qed.

  Lemma inside_low : exp (- margin pos s) <= exp l - exp (- eps) - INR (length negs - 1) * exp (- (2 / tau)).
  Proof.
    unfold l. rewrite excess, exp_margin. pose proof floor_of_others as Hk. pose proof (exp_pos (- pos)) as Hq.
    pose proof (pos_INR (length negs - 1)) as HI. pose proof pos_high as Hh.
    assert (Hf : exp (- (2 / tau)) <= exp (- / tau) * exp (- pos)) by (rewrite <- exp_plus; apply exp_le; unfold Rdiv; lra).
    assert (INR (length negs - 1) * exp (- (2 / tau)) <= INR (length negs - 1) * (exp (- / tau) * exp (- pos))) by (apply Rmult_le_compat_l; assumption).
    assert ((exp (largest s) + INR (length negs - 1) * exp (- / tau)) * exp (- pos) <= sum_exp s * exp (- pos)) by (apply Rmult_le_compat_r; lra). lra.
  Qed.
  Lemma low_le_margin : low <= margin pos s.
  Proof.
    pose proof inside_low as H. pose proof (exp_pos (- margin pos s)). unfold low, margin_low_on_sphere.
    enough (- margin pos s <= ln (exp l - exp (- eps) - INR (length negs - 1) * exp (- (2 / tau)))) by lra. apply ln_exp_le; lra.
  Qed.
  Lemma exp_low : exp (- low) = exp l - exp (- eps) - INR (length negs - 1) * exp (- (2 / tau)).
  Proof.
    pose proof inside_low as H. pose proof (exp_pos (- margin pos s)). unfold low, margin_low_on_sphere. rewrite Ropp_involutive. apply exp_ln. lra.
  Qed.

  Lemma attained : 0 <= low -> (2 <= d)%nat ->
    exists anchor' positive' negs', on_sphere d anchor' /\ on_sphere d positive' /\ Forall (on_sphere d) negs' /\
    length negs' = length negs /\ let pos' := logit tau d anchor' positive' in let s' := map (logit tau d anchor') negs' in
    eps_infonce eps pos' s' = l /\ margin pos' s' = low.
  Proof.
    intros Hlow Hd. pose proof low_le_margin as Hm. pose proof pos_high as Hh. pose proof (logit_low _ (largest_in s s_nonempty)) as Hg.
    unfold margin in Hm. pose proof (Rinv_0_lt_compat _ Ht) as Hi.
    assert (Hlow2 : tau * low <= 2).
    { apply (Rmult_le_reg_r (/ tau)); [exact Hi|]. replace (tau * low * / tau) with low by (field; lra). lra. }
    assert (0 <= tau * low) by nra.
    exists (circle 1), (circle 1), (circle (1 - tau * low) :: repeat (circle (-1)) (length negs - 1)).
    assert (S1 : on_sphere d (circle 1)) by (apply circle_sphere; [exact Hd | lra]).
    split; [exact S1|]. split; [exact S1|]. split.
    { constructor; [apply circle_sphere; [exact Hd | lra]|]. apply Forall_forall. intros x Hx. apply repeat_spec in Hx. subst x.
      apply circle_sphere; [exact Hd | lra]. }
    split. { simpl. rewrite repeat_length. destruct negs; [congruence | simpl; lia]. }
    intros pos' s'. assert (P : pos' = / tau) by (unfold pos', logit; rewrite circle_dot_1 by exact Hd; unfold Rdiv; ring).
    assert (Q : s' = (/ tau - low) :: repeat (- / tau) (length negs - 1)).
    { unfold s'. simpl. f_equal.
      - unfold logit. rewrite circle_dot_1 by exact Hd. field. lra.
      - generalize (length negs - 1)%nat. intros n. induction n as [|n IHn]; simpl; [reflexivity|]. rewrite IHn. f_equal.
        unfold logit. rewrite circle_dot_1 by exact Hd. field. lra. }
    rewrite P, Q. clear P Q pos' s'. set (N := (length negs - 1)%nat).
    assert (E : sum_exp (repeat (- / tau) N) = INR N * exp (- / tau)).
    { generalize N. intros n. induction n as [|n IH]; [simpl; ring|]. rewrite S_INR. simpl. rewrite IH. ring. }
    split.
    - rewrite eps_infonce_ln. rewrite <- (ln_exp l). f_equal. simpl. rewrite E.
      pose proof exp_low as X. fold N in X. rewrite Rmult_plus_distr_r. rewrite <- exp_plus.
      replace (/ tau - low + - / tau) with (- low) by ring. rewrite X, Rmult_assoc, <- exp_plus.
      replace (- / tau + - / tau) with (- (2 / tau)) by (unfold Rdiv; ring). ring.
    - unfold margin. replace (largest (/ tau - low :: repeat (- / tau) N)) with (/ tau - low); [ring|]. simpl.
      generalize N. intros n. induction n as [|n IH]; simpl; [reflexivity|]. rewrite <- IH. rewrite Rmax_right; [reflexivity|].
      apply (Rmult_le_reg_l tau); [exact Ht|]. rewrite Rmult_minus_distr_l, <- Ropp_mult_distr_r, Rinv_r by lra. lra.
  Qed.
End Sphere.

Theorem A3_proved : A3_statement.
Proof.
  split; [exact interval_of_margin | split; [exact low_end_convex|]].
  intros eps tau d anchor positive negs Ht Hn Ha Hp Hs pos s low. split.
  - apply low_le_margin; assumption.
  - intros Hlow Hd. apply (attained eps tau d anchor positive negs); assumption.
Qed.
