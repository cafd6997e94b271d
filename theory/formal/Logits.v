(* Lemmas on exp, ln, lists of logits and means of lists, for the claims of paper A. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec.
Open Scope R_scope.
Import ListNotations.

(* ---- exp and ln ---- *)
Lemma exp_le x y : x <= y -> exp x <= exp y.
Proof. intros [H| ->]; [left; apply exp_increasing; exact H | right; reflexivity]. Qed.
Lemma ln_le x y : 0 < x -> x <= y -> ln x <= ln y.
Proof. intros Hx [H| ->]; [left; apply ln_increasing; assumption | right; reflexivity]. Qed.
Lemma ln_exp_le x y : 0 < y -> exp x <= y -> x <= ln y.
Proof. intros Hy H. rewrite <- (ln_exp x). apply ln_le; [apply exp_pos | exact H]. Qed.
Lemma exp_le_ln x y : 0 < y -> y <= exp x -> ln y <= x.
Proof. intros Hy H. rewrite <- (ln_exp x). apply ln_le; assumption. Qed.
Lemma exp_lt_ln x y : 0 < y -> y < exp x -> ln y < x.
Proof. intros Hy H. rewrite <- (ln_exp x). apply ln_increasing; assumption. Qed.
Lemma ln_exp_lt x y : exp x < y -> x < ln y.
Proof. intros H. rewrite <- (ln_exp x). apply ln_increasing; [apply exp_pos | exact H]. Qed.
Lemma exp_minus x y : exp (x - y) = exp x * exp (- y).
Proof. unfold Rminus. apply exp_plus. Qed.
Lemma exp_inverse x : exp x * exp (- x) = 1.
Proof. rewrite <- exp_plus, Rplus_opp_r. apply exp_0. Qed.
Lemma exp_tangent x : 1 + x <= exp x.
Proof. destruct (Req_dec x 0) as [->|H]; [rewrite exp_0; lra | left; apply exp_ineq1; exact H]. Qed.
Lemma ln_tangent_strict r : 0 < r -> r <> 1 -> ln r < r - 1.
Proof.
  intros Hr Hne. assert (Hl : ln r <> 0). { intro E. apply Hne. rewrite <- (exp_ln r Hr), E. apply exp_0. }
  pose proof (exp_ineq1 (ln r) Hl) as H. rewrite exp_ln in H by exact Hr. lra.
Qed.
Lemma ln_tangent r : 0 < r -> ln r <= r - 1.
Proof. intros Hr. destruct (Req_dec r 1) as [->|Hne]; [rewrite ln_1; lra | left; apply ln_tangent_strict; assumption]. Qed.
Lemma ln_div x y : 0 < x -> 0 < y -> ln (x / y) = ln x - ln y.
Proof. intros. unfold Rdiv. rewrite ln_mult, ln_Rinv; [reflexivity | assumption | assumption | apply Rinv_0_lt_compat; assumption]. Qed.
(* -log(e^s / D) = log D - s *)
Lemma neg_ln_ratio s D : 0 < D -> - ln (exp s / D) = ln D - s.
Proof. intros HD. rewrite ln_div, ln_exp by (exact HD || apply exp_pos). ring. Qed.
Lemma ln_mult_exp D s : 0 < D -> ln (D * exp (- s)) = ln D - s.
Proof. intros HD. rewrite ln_mult, ln_exp by (exact HD || apply exp_pos). ring. Qed.

(* ---- sums of exponentials ---- *)
Lemma sum_exp_nonneg l : 0 <= sum_exp l.
Proof. induction l as [|a l IH]; simpl; [lra | pose proof (exp_pos a); lra]. Qed.
Lemma sum_exp_pos l : l <> [] -> 0 < sum_exp l.
Proof. destruct l as [|a l]; [congruence | intros _; simpl]. pose proof (exp_pos a); pose proof (sum_exp_nonneg l); lra. Qed.
Lemma sum_exp_app l m : sum_exp (l ++ m) = sum_exp l + sum_exp m.
Proof. induction l as [|a l IH]; simpl; [ring | rewrite IH; ring]. Qed.
Lemma sum_exp_shift c l : sum_exp (map (fun s => s - c) l) = sum_exp l * exp (- c).
Proof. induction l as [|a l IH]; simpl; [ring | rewrite IH, exp_minus; ring]. Qed.
Lemma sum_exp_shift_plus c e l : sum_exp (map (fun s => s - c + e) l) = sum_exp l * exp (- c) * exp e.
Proof. induction l as [|a l IH]; simpl; [ring | rewrite IH, exp_plus, exp_minus; ring]. Qed.
Lemma sum_exp_in l u : In u l -> exp u <= sum_exp l.
Proof.
  induction l as [|a l IH]; simpl; [tauto|]. intros [->|H].
  - pose proof (sum_exp_nonneg l); lra.
  - pose proof (exp_pos a); specialize (IH H); lra.
Qed.
Lemma sum_exp_le l h : (forall u, In u l -> u <= h) -> sum_exp l <= INR (length l) * exp h.
Proof.
  induction l as [|a l IH]; intros H; [simpl; lra|].
  change (sum_exp (a :: l)) with (exp a + sum_exp l). change (length (a :: l)) with (S (length l)). rewrite S_INR.
  assert (exp a <= exp h) by (apply exp_le, H; left; reflexivity).
  assert (sum_exp l <= INR (length l) * exp h) by (apply IH; intros u Hu; apply H; right; exact Hu). lra.
Qed.
Lemma length_pos {A} (l : list A) : l <> [] -> 0 < INR (length l).
Proof. destruct l; [congruence | intros _; apply lt_0_INR; simpl; lia]. Qed.

(* ---- the hardest negative ---- *)
Lemma largest_ge l u : In u l -> u <= largest l.
Proof.
  destruct l as [|a l]; [intros []|]. simpl. revert u. induction l as [|b l IH]; simpl; intros u.
  - intros [->|[]]; lra.
  - intros [->|[->|H]]; [eapply Rle_trans; [apply IH; left; reflexivity | apply Rmax_r] | apply Rmax_l |].
    eapply Rle_trans; [apply IH; right; exact H | apply Rmax_r].
Qed.
Lemma largest_in l : l <> [] -> In (largest l) l.
Proof.
  destruct l as [|a l]; [congruence | intros _]. simpl. induction l as [|b l IH]; simpl; [tauto|].
  unfold Rmax. destruct (Rle_dec b _); [destruct IH as [H|H]; [left; exact H | right; right; exact H] | right; left; reflexivity].
Qed.

(* ---- means ---- *)
Lemma total_map_ext {A} (f g : A -> R) l : (forall a, In a l -> f a = g a) -> total (map f l) = total (map g l).
Proof. intros H. f_equal. apply map_ext_in. exact H. Qed.
Lemma total_map_le {A} (f g : A -> R) l : (forall a, In a l -> f a <= g a) -> total (map f l) <= total (map g l).
Proof.
  induction l as [|a l IH]; intros H; simpl; [lra|]. apply Rplus_le_compat; [apply H; left; reflexivity|].
  apply IH. intros b Hb. apply H. right. exact Hb.
Qed.
Lemma total_map_lt {A} (f g : A -> R) l a : (forall a, In a l -> f a <= g a) -> In a l -> f a < g a ->
  total (map f l) < total (map g l).
Proof.
  induction l as [|b l IH]; intros H Ha Hlt; [destruct Ha|]. simpl.
  assert (Hl : forall c, In c l -> f c <= g c) by (intros c Hc; apply H; right; exact Hc).
  destruct Ha as [->|Ha].
  - apply Rplus_lt_le_compat; [exact Hlt | apply total_map_le, Hl].
  - apply Rplus_le_lt_compat; [apply H; left; reflexivity | apply IH; assumption].
Qed.
Lemma total_map_plus {A} (f g : A -> R) l : total (map (fun a => f a + g a) l) = total (map f l) + total (map g l).
Proof. induction l as [|a l IH]; simpl; [ring | rewrite IH; ring]. Qed.
Lemma total_map_scal {A} c (f : A -> R) l : total (map (fun a => c * f a) l) = c * total (map f l).
Proof. induction l as [|a l IH]; simpl; [ring | rewrite IH; ring]. Qed.
Lemma total_map_const {A} c (l : list A) : total (map (fun _ => c) l) = INR (length l) * c.
Proof.
  induction l as [|a l IH]; [simpl; ring|]. change (length (a :: l)) with (S (length l)). rewrite S_INR.
  change (total (map (fun _ => c) (a :: l))) with (c + total (map (fun _ : A => c) l)). rewrite IH. ring.
Qed.
Lemma mean_ext {A} (f g : A -> R) l : (forall a, In a l -> f a = g a) -> mean (map f l) = mean (map g l).
Proof. intros H. f_equal. apply map_ext_in. exact H. Qed.
Lemma mean_le {A} (f g : A -> R) l : (forall a, In a l -> f a <= g a) -> mean (map f l) <= mean (map g l).
Proof.
  intros H. unfold mean. rewrite !map_length. destruct l as [|a l]; [simpl; lra|].
  apply Rmult_le_compat_r; [left; apply Rinv_0_lt_compat, length_pos; discriminate | apply total_map_le, H].
Qed.
Lemma mean_lt {A} (f g : A -> R) l a : (forall a, In a l -> f a <= g a) -> In a l -> f a < g a -> mean (map f l) < mean (map g l).
Proof.
  intros H Ha Hlt. unfold mean. rewrite !map_length.
  apply Rmult_lt_compat_r; [apply Rinv_0_lt_compat, length_pos; intros ->; destruct Ha | exact (total_map_lt f g l a H Ha Hlt)].
Qed.
Lemma mean_affine {A} b c (f : A -> R) l : l <> [] -> mean (map (fun a => b + c * f a) l) = b + c * mean (map f l).
Proof.
  intros Hl. unfold mean. rewrite total_map_plus, total_map_const, total_map_scal, !map_length. field.
  apply Rgt_not_eq, length_pos, Hl.
Qed.
Lemma map_nth_seq l : map (fun i => nth i l 0) (seq 0 (length l)) = l.
Proof.
  induction l as [|a l IH]; [reflexivity|]. simpl. f_equal. rewrite <- seq_shift, map_map. exact IH.
Qed.
Lemma map_nth_seq_f (g : R -> R) l : map (fun i => g (nth i l 0)) (seq 0 (length l)) = map g l.
Proof. rewrite <- (map_nth_seq l) at 2. rewrite map_map. reflexivity. Qed.

(* ---- closed forms of the losses ---- *)
Lemma eps_infonce_ln eps pos negs : eps_infonce eps pos negs = ln (exp (- eps) + sum_exp negs * exp (- pos)).
Proof.
  unfold eps_infonce. assert (HD : 0 < exp (pos - eps) + sum_exp negs) by (pose proof (exp_pos (pos - eps)); pose proof (sum_exp_nonneg negs); lra).
  rewrite neg_ln_ratio by exact HD. rewrite <- ln_mult_exp by exact HD. f_equal.
  rewrite Rmult_plus_distr_r, exp_minus. f_equal.
  replace (exp pos * exp (- eps) * exp (- pos)) with (exp pos * exp (- pos) * exp (- eps)) by ring. rewrite exp_inverse. ring.
Qed.
Lemma eps_infonce_inside eps pos negs : 0 < exp (- eps) + sum_exp negs * exp (- pos).
Proof. pose proof (exp_pos (- eps)). pose proof (sum_exp_nonneg negs). pose proof (exp_pos (- pos)). nra. Qed.
Lemma exp_eps_infonce eps pos negs : exp (eps_infonce eps pos negs) = exp (- eps) + sum_exp negs * exp (- pos).
Proof. rewrite eps_infonce_ln. apply exp_ln, eps_infonce_inside. Qed.
(* loss + eps = log(1 + sum_j e^(s_j - s+ + eps)) *)
Lemma eps_infonce_plus eps pos negs :
  eps_infonce eps pos negs + eps = ln (1 + sum_exp (map (fun neg => neg - pos + eps) negs)).
Proof.
  rewrite eps_infonce_ln, sum_exp_shift_plus. rewrite <- (Ropp_involutive eps) at 2.
  fold (ln (exp (- eps) + sum_exp negs * exp (- pos)) - - eps). rewrite <- ln_mult_exp by apply eps_infonce_inside.
  f_equal. rewrite Ropp_involutive, Rmult_plus_distr_r, (Rmult_comm (exp (- eps))), exp_inverse. ring.
Qed.
Lemma sup_con_ln eps poss negs : poss <> [] ->
  eps_sup_con eps poss negs = ln (sum_exp poss * exp (- eps) + sum_exp negs) - mean poss.
Proof.
  intros Hp. unfold eps_sup_con. rewrite sum_exp_shift. pose proof (sum_exp_pos poss Hp). pose proof (exp_pos (- eps)).
  pose proof (sum_exp_nonneg negs).
  rewrite (mean_ext _ (fun pos => ln (sum_exp poss * exp (- eps) + sum_exp negs) + -1 * pos)).
  - rewrite mean_affine, map_id by exact Hp. ring.
  - intros pos _. rewrite neg_ln_ratio by nra. ring.
Qed.
Lemma eps_sup_con_0 poss negs : eps_sup_con 0 poss negs = sup_con poss negs.
Proof.
  unfold eps_sup_con, sup_con. apply mean_ext. intros pos _. rewrite sum_exp_shift, Ropp_0, exp_0, Rmult_1_r. reflexivity.
Qed.
Lemma sup_con_in_ln poss negs : poss <> [] ->
  sup_con_in poss negs = ln (sum_exp poss + sum_exp negs) - ln (sum_exp poss) + ln (INR (length poss)).
Proof.
  intros Hp. unfold sup_con_in, mean. rewrite map_length.
  pose proof (sum_exp_pos poss Hp) as HT. pose proof (sum_exp_nonneg negs) as HY. pose proof (length_pos poss Hp) as HP.
  replace (total (map (fun pos => exp pos / (sum_exp poss + sum_exp negs)) poss)) with (sum_exp poss / (sum_exp poss + sum_exp negs)).
  - rewrite !ln_div; try assumption; try lra. apply Rdiv_lt_0_compat; lra.
  - generalize (sum_exp poss + sum_exp negs). intros D. clear. unfold Rdiv.
    induction poss as [|a l IH]; simpl; [ring | rewrite <- IH; ring].
Qed.
(* Jensen: log P + mean s <= LSE s *)
Lemma mean_le_lse poss : poss <> [] -> ln (INR (length poss)) + mean poss <= ln (sum_exp poss).
Proof.
  intros Hp. pose proof (sum_exp_pos poss Hp) as HT. pose proof (length_pos poss Hp) as HP.
  set (P := INR (length poss)) in *. set (T := sum_exp poss) in *.
  assert (H : total (map (fun s => ln P - ln T + 1 * s) poss) <= total (map (fun s => -1 + P / T * exp s) poss)).
  { apply total_map_le. intros s _. pose proof (exp_pos s). assert (0 < P / T) by (apply Rdiv_lt_0_compat; assumption).
    pose proof (ln_tangent (P / T * exp s)) as H1. rewrite ln_mult, ln_exp, ln_div in H1 by assumption.
    assert (0 < P / T * exp s) by (apply Rmult_lt_0_compat; assumption). specialize (H1 H2). lra. }
  rewrite !total_map_plus, !total_map_const, !total_map_scal, map_id in H. fold P in H.
  replace (total (map exp poss)) with T in H by (unfold T; clear; induction poss as [|a l IH]; simpl; [reflexivity | rewrite IH; reflexivity]).
  replace (P / T * T) with P in H by (field; lra). unfold mean. fold P.
  apply (Rmult_le_reg_l P); [exact HP|].
  replace (P * (ln P + total poss / P)) with (P * ln P + total poss) by (field; lra). lra.
Qed.
