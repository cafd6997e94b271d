(* Free supervised embeddings: replacing a class by one of its members, drawn at random, lowers the loss unless it was one point. *)
From Coq Require Import Reals List Arith Bool Lra Lia.
From ContrastiveClaims Require Import Spec Logits Vectors.
Open Scope R_scope.
Import ListNotations.

(* ---- lists as sums ---- *)
Lemma total_app l m : total (l ++ m) = total l + total m.
Proof. induction l as [|a l IH]; simpl; [ring | rewrite IH; ring]. Qed.
Lemma seq_last n : seq 0 (S n) = seq 0 n ++ [n].
Proof. rewrite seq_S. reflexivity. Qed.
Lemma total_seq n f : total (map f (seq 0 n)) = sum n f.
Proof. induction n as [|n IH]; [reflexivity|]. rewrite seq_last, map_app, total_app, IH. simpl. ring. Qed.
Lemma mean_seq n f : mean (map f (seq 0 n)) = sum n f / INR n.
Proof. unfold mean. rewrite total_seq, map_length, seq_length. reflexivity. Qed.
Lemma sum_exp_filter n (P : nat -> bool) f : sum_exp (map f (filter P (seq 0 n))) = sum n (fun i => if P i then exp (f i) else 0).
Proof.
  induction n as [|n IH]; [reflexivity|]. rewrite seq_last, filter_app, map_app, sum_exp_app, IH. simpl. destruct (P n); simpl; ring.
Qed.
Lemma length_filter n (P : nat -> bool) : INR (length (filter P (seq 0 n))) = sum n (fun i => if P i then 1 else 0).
Proof.
  induction n as [|n IH]; [reflexivity|]. rewrite seq_last, filter_app, app_length, plus_INR, IH. simpl. destruct (P n); simpl; ring.
Qed.
(* an anchor's positives are its class less one *)
Lemma length_positives n y a : (a < n)%nat -> INR (length (positives n y a)) = INR (length (filter (fun i => (y i =? y a)%nat) (seq 0 n))) - 1.
Proof.
  intros Ha. unfold positives. rewrite !length_filter.
  rewrite (sum_ext n (fun i => if (y i =? y a)%nat then 1 else 0) (fun i => (if (y i =? y a)%nat && negb (i =? a)%nat then 1 else 0) + if (a =? i)%nat then 1 else 0)).
  - rewrite sum_plus, (sum_indicator n a (fun _ => 1) Ha). ring.
  - intros i _. rewrite (Nat.eqb_sym a i). destruct (Nat.eqb_spec i a) as [->|]; [rewrite Nat.eqb_refl; simpl; ring | destruct (y i =? y a)%nat; simpl; ring].
Qed.

(* ---- what both losses have in common ---- *)
Record shape (loss : list R -> list R -> R) (F : list R -> R -> R) : Prop := {
  by_sum : forall poss negs, poss <> [] -> negs <> [] -> loss poss negs = F poss (sum_exp negs);
  concave : forall poss Y, poss <> [] -> 0 < Y -> exists c, forall Y', 0 < Y' -> F poss Y' <= F poss Y + c * (Y' - Y);
  raised : forall poss top Y, poss <> [] -> 0 < Y -> (forall s, In s poss -> s <= top) ->
    F (repeat top (length poss)) Y <= F poss Y /\ ((exists s, In s poss /\ s < top) -> F (repeat top (length poss)) Y < F poss Y)
}.
Definition F_infonce (eps : R) (poss : list R) (Y : R) : R := mean (map (fun s => ln (exp (- eps) + Y * exp (- s))) poss).
Definition F_supcon (eps : R) (poss : list R) (Y : R) : R := ln (sum_exp poss * exp (- eps) + Y) - mean poss.

Lemma ln_tangent_at a b : 0 < a -> 0 < b -> ln b <= ln a + (b - a) / a.
Proof.
  intros Ha Hb. pose proof (ln_tangent (b / a) (Rdiv_lt_0_compat _ _ Hb Ha)) as T. rewrite ln_div in T by assumption.
  replace ((b - a) / a) with (b / a - 1) by (field; lra). lra.
Qed.
Lemma map_const_repeat {A} (c : R) (l : list A) : map (fun _ => c) l = repeat c (length l).
Proof. induction l as [|a l IH]; [reflexivity | simpl; rewrite IH; reflexivity]. Qed.
Lemma total_repeat c n : total (repeat c n) = INR n * c.
Proof. induction n as [|n IH]; [simpl; ring|]. rewrite S_INR. simpl. rewrite IH. ring. Qed.
Lemma sum_exp_repeat c n : sum_exp (repeat c n) = INR n * exp c.
Proof. induction n as [|n IH]; [simpl; ring|]. rewrite S_INR. simpl. rewrite IH. ring. Qed.
Lemma mean_repeat c n : (0 < n)%nat -> mean (repeat c n) = c.
Proof. intros Hn. unfold mean. rewrite total_repeat, repeat_length. field. apply Rgt_not_eq, lt_0_INR, Hn. Qed.
Lemma map_repeat {A} (f : R -> A) c n : map f (repeat c n) = repeat (f c) n.
Proof. induction n as [|n IH]; [reflexivity | simpl; rewrite IH; reflexivity]. Qed.
Lemma nonempty_length {A} (l : list A) : l <> [] -> (0 < length l)%nat.
Proof. destruct l; [congruence | simpl; lia]. Qed.

Lemma infonce_shape eps : shape (eps_sup_infonce eps) (F_infonce eps).
Proof.
  split.
  - intros poss negs _ _. unfold eps_sup_infonce, F_infonce. apply mean_ext. intros s _. exact (eps_infonce_ln eps s negs).
  - intros poss Y Hp HY. set (x := fun s => exp (- s) / (exp (- eps) + Y * exp (- s))). exists (mean (map x poss)). intros Y' HY'.
    unfold F_infonce. pose proof (length_pos poss Hp) as HP.
    apply Rle_trans with (mean (map (fun s => ln (exp (- eps) + Y * exp (- s)) + x s * (Y' - Y)) poss)).
    + apply mean_le. intros s _. pose proof (exp_pos (- eps)). pose proof (exp_pos (- s)).
      assert (A : 0 < exp (- eps) + Y * exp (- s)) by nra. assert (B : 0 < exp (- eps) + Y' * exp (- s)) by nra.
      pose proof (ln_tangent_at _ _ A B) as T. unfold x. replace (exp (- s) / (exp (- eps) + Y * exp (- s)) * (Y' - Y)) with ((exp (- eps) + Y' * exp (- s) - (exp (- eps) + Y * exp (- s))) / (exp (- eps) + Y * exp (- s))) by (field; lra). exact T.
    + right. unfold mean. rewrite !map_length, total_map_plus.
      rewrite (total_map_ext (fun s => x s * (Y' - Y)) (fun s => (Y' - Y) * x s)) by (intros; ring). rewrite total_map_scal. field. lra.
  - intros poss top Y Hp HY Htop. unfold F_infonce. rewrite <- (map_const_repeat top poss), map_map.
    assert (T : forall s, In s poss -> ln (exp (- eps) + Y * exp (- top)) <= ln (exp (- eps) + Y * exp (- s))).
    { intros s Hs. specialize (Htop s Hs). pose proof (exp_pos (- eps)). pose proof (exp_pos (- top)). apply ln_le; [nra|]. apply Rplus_le_compat_l, Rmult_le_compat_l; [lra | apply exp_le; lra]. }
    split; [apply mean_le, T|]. intros (s & Hs & Hlt). apply (mean_lt _ _ _ s T Hs). pose proof (exp_pos (- eps)). pose proof (exp_pos (- top)).
    apply ln_increasing; [nra|]. apply Rplus_lt_compat_l, Rmult_lt_compat_l; [exact HY | apply exp_increasing; lra].
Qed.
Lemma supcon_shape eps : shape (eps_sup_con eps) (F_supcon eps).
Proof.
  split.
  - intros poss negs Hp _. apply sup_con_ln, Hp.
  - intros poss Y Hp HY. pose proof (sum_exp_pos poss Hp). pose proof (exp_pos (- eps)). set (a := sum_exp poss * exp (- eps)). assert (Ha : 0 < a) by (apply Rmult_lt_0_compat; assumption).
    exists (/ (a + Y)). intros Y' HY'. unfold F_supcon. fold a. pose proof (ln_tangent_at (a + Y) (a + Y') ltac:(lra) ltac:(lra)) as T.
    replace ((a + Y' - (a + Y)) / (a + Y)) with (/ (a + Y) * (Y' - Y)) in T by (field; lra). lra.
  - intros poss top Y Hp HY Htop. unfold F_supcon. pose proof (nonempty_length poss Hp) as Hl. rewrite sum_exp_repeat, mean_repeat by exact Hl.
    pose proof (mean_le_lse poss Hp) as J. pose proof (length_pos poss Hp) as HP. pose proof (sum_exp_pos poss Hp) as HT. pose proof (exp_pos (- eps)) as Hq.
    set (P := INR (length poss)) in *. set (T := sum_exp poss) in *. set (g := mean poss) in *. set (q := exp (- eps)) in *.
    assert (HPg : P * exp g <= T). { rewrite <- (exp_ln P HP) at 1. rewrite <- exp_plus, <- (exp_ln T HT). apply exp_le, J. }
    assert (Eq : forall x, ln (P * exp x * q + Y) - x = ln (P * q + Y * exp (- x))).
    { intros x. pose proof (exp_pos x). rewrite <- ln_mult_exp by (apply Rplus_lt_0_compat; [repeat apply Rmult_lt_0_compat; assumption | exact HY]). f_equal.
      rewrite Rmult_plus_distr_r. replace (P * exp x * q * exp (- x)) with (P * q * (exp x * exp (- x))) by ring. rewrite exp_inverse. ring. }
    assert (A : ln (P * exp g * q + Y) - g <= ln (T * q + Y) - g).
    { pose proof (exp_pos g). apply Rplus_le_compat_r, ln_le; [apply Rplus_lt_0_compat; [repeat apply Rmult_lt_0_compat; assumption | exact HY]|]. apply Rplus_le_compat_r, Rmult_le_compat_r; [lra | exact HPg]. }
    rewrite Eq. rewrite Eq in A. assert (HPq : 0 < P * q) by (apply Rmult_lt_0_compat; assumption).
    assert (Mean : g <= top /\ ((exists s, In s poss /\ s < top) -> g < top)).
    { assert (Et : mean (map (fun _ => top) poss) = top) by (rewrite map_const_repeat; apply mean_repeat, Hl).
      assert (Eg : g = mean (map (fun s => s) poss)) by (rewrite map_id; reflexivity). rewrite Eg. split.
      - eapply Rle_trans; [apply (mean_le (fun s => s) (fun _ => top)); exact Htop | rewrite Et; lra].
      - intros (s & Hs & Hlt). eapply Rlt_le_trans; [apply (mean_lt (fun s => s) (fun _ => top) poss s Htop Hs Hlt) | rewrite Et; lra]. }
    destruct Mean as [M1 M2]. pose proof (exp_pos (- top)). split.
    + eapply Rle_trans; [|exact A]. apply ln_le; [apply Rplus_lt_0_compat; [exact HPq | apply Rmult_lt_0_compat; assumption]|]. apply Rplus_le_compat_l, Rmult_le_compat_l; [lra | apply exp_le; lra].
    + intros Hs. specialize (M2 Hs). eapply Rlt_le_trans; [|exact A]. apply ln_increasing; [apply Rplus_lt_0_compat; [exact HPq | apply Rmult_lt_0_compat; assumption]|].
      apply Rplus_lt_compat_l, Rmult_lt_compat_l; [exact HY | apply exp_increasing; lra].
Qed.

Section Collapse.
  Variables (loss : list R -> list R -> R) (F : list R -> R -> R) (n d : nat) (tau : R) (y : nat -> nat) (z : nat -> vector).
  Hypotheses (Hsh : shape loss F) (Ht : 0 < tau) (Hclasses : forall a, (a < n)%nat -> positives n y a <> [] /\ negatives n y a <> [])
    (Hz : forall i, (i < n)%nat -> on_sphere d (z i)).
  Notation s a i := (logit tau d (z a) (z i)).
  Let C k (i : nat) : bool := (y i =? k)%nat.
  (* the anchor's loss, and with class k moved to sample r *)
  Definition anchor_loss (v : nat -> vector) (a : nat) : R :=
    loss (map (fun i => logit tau d (v a) (v i)) (positives n y a)) (map (fun i => logit tau d (v a) (v i)) (negatives n y a)).
  Definition moved (k r i : nat) : vector := if C k i then z r else z i.
  Definition members (k : nat) : R := sum n (fun i => if C k i then 1 else 0).

  Lemma sample_loss_sum v : sample_loss loss n d tau y v = sum n (anchor_loss v) / INR n.
  Proof. unfold sample_loss. apply mean_seq. Qed.
  Lemma negs_sum v a : sum_exp (map (fun i => logit tau d (v a) (v i)) (negatives n y a)) = sum n (fun i => if C (y a) i then 0 else exp (logit tau d (v a) (v i))).
  Proof. unfold negatives. rewrite sum_exp_filter. apply sum_ext. intros i _. unfold C. destruct (y i =? y a)%nat; reflexivity. Qed.
  Lemma map_nonempty {A} (f : A -> R) l : l <> [] -> map f l <> [].
  Proof. destruct l; [congruence | discriminate]. Qed.
  Lemma in_positives a i : In i (positives n y a) <-> (i < n)%nat /\ y i = y a /\ i <> a.
  Proof.
    unfold positives. rewrite filter_In, in_seq, andb_true_iff, Nat.eqb_eq, negb_true_iff, Nat.eqb_neq. intuition lia.
  Qed.
  Lemma top a i : (a < n)%nat -> (i < n)%nat -> s a i <= / tau.
  Proof. intros Ha Hi. pose proof (dot_le_1 d _ _ (Hz a Ha) (Hz i Hi)). unfold logit, Rdiv. pose proof (Rinv_0_lt_compat _ Ht). nra. Qed.
  Lemma same_length a r : (a < n)%nat -> (r < n)%nat -> y a = y r -> length (positives n y a) = length (positives n y r).
  Proof. intros Ha Hr E. apply INR_eq. rewrite !length_positives by assumption. rewrite E. reflexivity. Qed.

  (* anchors of the class *)
  Lemma inside k r a : (r < n)%nat -> (a < n)%nat -> y r = k -> y a = k ->
    anchor_loss (moved k r) a <= anchor_loss z r /\ ((exists i, (i < n)%nat /\ y i = k /\ s r i < / tau) -> anchor_loss (moved k r) a < anchor_loss z r).
  Proof.
    intros Hr Ha Er Ea. destruct (Hclasses a Ha) as [Pa Na]. destruct (Hclasses r Hr) as [Pr Nr].
    assert (Mv : forall i, y i = k -> moved k r i = z r) by (intros i E; unfold moved, C; rewrite E, Nat.eqb_refl; reflexivity).
    assert (Mo : forall i, y i <> k -> moved k r i = z i) by (intros i E; unfold moved, C; apply Nat.eqb_neq in E; rewrite E; reflexivity).
    unfold anchor_loss. rewrite !(by_sum loss F Hsh) by (apply map_nonempty; assumption).
    assert (E1 : map (fun i => logit tau d (moved k r a) (moved k r i)) (positives n y a) = repeat (/ tau) (length (map (fun i => s r i) (positives n y r)))).
    { rewrite map_length, <- (same_length a r Ha Hr ltac:(congruence)), <- map_const_repeat. apply map_ext_in. intros i Hi. apply in_positives in Hi. destruct Hi as (Hi & E & _).
      rewrite !Mv by congruence. unfold logit. rewrite (Hz r Hr). unfold Rdiv. ring. }
    assert (E2 : sum_exp (map (fun i => logit tau d (moved k r a) (moved k r i)) (negatives n y a)) = sum_exp (map (fun i => s r i) (negatives n y r))).
    { rewrite (negs_sum (moved k r)), negs_sum, Ea, Er. apply sum_ext. intros i Hi. unfold C. destruct (Nat.eqb_spec (y i) k) as [|E]; [reflexivity|].
      rewrite (Mv a Ea), (Mo i E). reflexivity. }
    rewrite E1, E2. set (Y := sum_exp (map (fun i => s r i) (negatives n y r))). assert (HY : 0 < Y) by (apply sum_exp_pos, map_nonempty, Nr).
    destruct (raised loss F Hsh (map (fun i => s r i) (positives n y r)) (/ tau) Y ltac:(apply map_nonempty, Pr) HY) as [R1 R2].
    { intros x Hx. apply in_map_iff in Hx. destruct Hx as (i & <- & Hi). apply in_positives in Hi. apply top; [exact Hr | apply Hi]. }
    split; [exact R1|]. intros (i & Hi & E & Hlt). apply R2. exists (s r i). split; [|exact Hlt]. apply in_map_iff. exists i. split; [reflexivity|].
    apply in_positives. repeat split; [exact Hi | congruence |]. intros ->. unfold logit in Hlt. rewrite (Hz r Hr) in Hlt. unfold Rdiv in Hlt. lra.
  Qed.
  (* anchors of other classes: Jensen over the members *)
  Lemma outside k a : (a < n)%nat -> y a <> k -> 0 < members k ->
    sum n (fun r => if C k r then anchor_loss (moved k r) a else 0) <= members k * anchor_loss z a.
  Proof.
    intros Ha Ea Hmem. destruct (Hclasses a Ha) as [Pa Na].
    assert (Mo : forall r i, y i <> k -> moved k r i = z i) by (intros r i E; unfold moved, C; apply Nat.eqb_neq in E; rewrite E; reflexivity).
    set (poss := map (fun i => s a i) (positives n y a)). assert (Hp : poss <> []) by (apply map_nonempty, Pa).
    set (R0 := sum n (fun i => if C (y a) i then 0 else if C k i then 0 else exp (s a i))).
    assert (EY : sum_exp (map (fun i => s a i) (negatives n y a)) = R0 + sum n (fun i => if C k i then exp (s a i) else 0)).
    { rewrite negs_sum. unfold R0. rewrite <- sum_plus. apply sum_ext. intros i _. unfold C. destruct (Nat.eqb_spec (y i) (y a)) as [E|]; destruct (Nat.eqb_spec (y i) k) as [E'|]; try ring. exfalso; apply Ea; congruence. }
    set (Y := R0 + sum n (fun i => if C k i then exp (s a i) else 0)) in *.
    assert (HY : 0 < Y) by (rewrite <- EY; apply sum_exp_pos, map_nonempty, Na).
    assert (Mv : forall r, (r < n)%nat -> y r = k -> anchor_loss (moved k r) a = F poss (R0 + members k * exp (s a r)) /\ 0 < R0 + members k * exp (s a r)).
    { intros r Hr Er. unfold anchor_loss. rewrite (by_sum loss F Hsh) by (apply map_nonempty; assumption).
      assert (E1 : map (fun i => logit tau d (moved k r a) (moved k r i)) (positives n y a) = poss).
      { apply map_ext_in. intros i Hi. apply in_positives in Hi. destruct Hi as (_ & E & _). rewrite !Mo by congruence. reflexivity. }
      assert (E2 : sum_exp (map (fun i => logit tau d (moved k r a) (moved k r i)) (negatives n y a)) = R0 + members k * exp (s a r)).
      { rewrite (negs_sum (moved k r)). unfold R0, members. rewrite <- sum_scal_r, <- sum_plus. apply sum_ext. intros i _. rewrite (Mo r a Ea). unfold moved, C.
        destruct (Nat.eqb_spec (y i) (y a)) as [E|]; destruct (Nat.eqb_spec (y i) k) as [E'|]; try ring. exfalso; apply Ea; congruence. }
      rewrite E1, E2. split; [reflexivity|]. rewrite <- E2. apply sum_exp_pos, map_nonempty, Na. }
    destruct (concave loss F Hsh poss Y Hp HY) as [c Hc].
    assert (El : anchor_loss z a = F poss Y) by (unfold anchor_loss; rewrite (by_sum loss F Hsh) by (apply map_nonempty; assumption); fold poss; rewrite EY; reflexivity).
    rewrite El. apply Rle_trans with (sum n (fun r => if C k r then F poss Y + c * (R0 + members k * exp (s a r) - Y) else 0)).
    - apply sum_le. intros r Hr. destruct (C k r) eqn:E; [|lra]. apply Nat.eqb_eq in E. destruct (Mv r Hr E) as [-> Hpos]. apply Hc, Hpos.
    - right. rewrite (sum_ext n _ (fun r => (if C k r then 1 else 0) * (F poss Y + c * (R0 - Y)) + c * members k * (if C k r then exp (s a r) else 0))) by (intros r _; destruct (C k r); ring).
      rewrite sum_plus, sum_scal_r, sum_scal. fold (members k). unfold Y. ring.
  Qed.
  (* the mean over the members r of the loss with the class moved to r is no larger, and smaller where the class is not one point *)
  Lemma members_pos i : (i < n)%nat -> 0 < members (y i).
  Proof.
    intros Hi. apply (sum_pos_one n _ i); [intros l _; destruct (C (y i) l); lra | exact Hi | unfold C; rewrite Nat.eqb_refl; lra].
  Qed.
  Lemma mean_moved k : 0 < members k ->
    sum n (fun r => if C k r then sum n (anchor_loss (moved k r)) else 0) <= members k * sum n (anchor_loss z) /\
    ((exists i j, (i < n)%nat /\ (j < n)%nat /\ y i = k /\ y j = k /\ s i j < / tau) ->
       sum n (fun r => if C k r then sum n (anchor_loss (moved k r)) else 0) < members k * sum n (anchor_loss z)).
  Proof.
    intros Hmem.
    assert (L2 : sum n (fun r => if C k r then sum n (anchor_loss (moved k r)) else 0) = sum n (fun a => sum n (fun r => if C k r then anchor_loss (moved k r) a else 0))).
    { rewrite <- sum_swap. apply sum_ext. intros r _. destruct (C k r); [reflexivity | symmetry; apply sum_zero]. }
    (* the class's own anchors, then the others *)
    assert (Own : members k * sum n (fun r => if C k r then anchor_loss z r else 0) = sum n (fun a => if C k a then sum n (fun r => if C k r then anchor_loss z r else 0) else 0)).
    { unfold members. rewrite <- sum_scal_r. apply sum_ext. intros a _. destruct (C k a); ring. }
    assert (Each : forall a, (a < n)%nat -> (if C k a then sum n (fun r => if C k r then anchor_loss (moved k r) a else 0) else 0) <= (if C k a then sum n (fun r => if C k r then anchor_loss z r else 0) else 0)).
    { intros a Ha. destruct (C k a) eqn:E; [|lra]. apply Nat.eqb_eq in E. apply sum_le. intros r Hr. destruct (C k r) eqn:E'; [|lra]. apply Nat.eqb_eq in E'. apply inside; assumption. }
    assert (L4 : sum n (fun a => if C k a then 0 else sum n (fun r => if C k r then anchor_loss (moved k r) a else 0)) <= members k * sum n (fun a => if C k a then 0 else anchor_loss z a)).
    { rewrite <- sum_scal. apply sum_le. intros a Ha. destruct (C k a) eqn:E; [lra|]. apply Nat.eqb_neq in E. apply outside; assumption. }
    assert (L5 : sum n (fun a => sum n (fun r => if C k r then anchor_loss (moved k r) a else 0)) =
      sum n (fun a => if C k a then sum n (fun r => if C k r then anchor_loss (moved k r) a else 0) else 0) + sum n (fun a => if C k a then 0 else sum n (fun r => if C k r then anchor_loss (moved k r) a else 0))).
    { rewrite <- sum_plus. apply sum_ext. intros a _. destruct (C k a); ring. }
    assert (L6 : sum n (anchor_loss z) = sum n (fun r => if C k r then anchor_loss z r else 0) + sum n (fun a => if C k a then 0 else anchor_loss z a)).
    { rewrite <- sum_plus. apply sum_ext. intros a _. destruct (C k a); ring. }
    rewrite L2, L5, L6, Rmult_plus_distr_l, Own. split.
    - apply Rplus_le_compat; [apply sum_le, Each | exact L4].
    - intros (i & j & Hi & Hj & Ei & Ej & Hlt). apply Rplus_lt_le_compat; [|exact L4]. apply (sum_lt n _ _ i Each Hi).
      unfold C at 1 3. rewrite Ei, Nat.eqb_refl. apply (sum_lt n _ _ i); [|exact Hi|].
      + intros r Hr. destruct (C k r) eqn:E'; [|lra]. apply Nat.eqb_eq in E'. apply inside; assumption.
      + unfold C. rewrite Ei, Nat.eqb_refl. apply (inside k i i Hi Hi Ei Ei). exists j. repeat split; assumption.
  Qed.
  Lemma moved_sphere k r : (r < n)%nat -> forall l, (l < n)%nat -> on_sphere d (moved k r l).
  Proof. intros Hr l Hl. unfold moved. destruct (C k l); apply Hz; assumption. Qed.
  Theorem collapse : (forall v, (forall i, (i < n)%nat -> on_sphere d (v i)) -> sample_loss loss n d tau y z <= sample_loss loss n d tau y v) ->
    forall i j, (i < n)%nat -> (j < n)%nat -> y i = y j -> dot d (z i) (z j) = 1.
  Proof.
    intros Hmin i j Hi Hj Eij. destruct (Req_dec (dot d (z i) (z j)) 1) as [|Hne]; [assumption | exfalso].
    assert (Hlt : s i j < / tau). { pose proof (dot_le_1 d _ _ (Hz i Hi) (Hz j Hj)). unfold logit, Rdiv. pose proof (Rinv_0_lt_compat _ Ht). nra. }
    assert (HN : 0 < INR n) by (apply lt_0_INR; lia). pose proof (members_pos i Hi) as Hmem.
    destruct (mean_moved (y i) Hmem) as [_ Strict]. specialize (Strict ltac:(exists i, j; repeat split; congruence || assumption)).
    assert (L1 : members (y i) * sum n (anchor_loss z) <= sum n (fun r => if C (y i) r then sum n (anchor_loss (moved (y i) r)) else 0)).
    { unfold members. rewrite <- sum_scal_r. apply sum_le. intros r Hr. destruct (C (y i) r) eqn:E; [|lra]. rewrite Rmult_1_l.
      pose proof (Hmin (moved (y i) r) (moved_sphere (y i) r Hr)) as Hr'. rewrite !sample_loss_sum in Hr'. unfold Rdiv in Hr'.
      apply (Rmult_le_reg_r (/ INR n)); [apply Rinv_0_lt_compat, HN | exact Hr']. }
    lra.
  Qed.
  (* some member r, to which the class is moved at no loss *)
  Lemma one_moved k : 0 < members k -> exists r, (r < n)%nat /\ y r = k /\ sample_loss loss n d tau y (moved k r) <= sample_loss loss n d tau y z.
  Proof.
    intros Hmem. assert (HN : (0 < n)%nat) by (destruct (Nat.eq_dec n 0) as [E0|]; [unfold members in Hmem; rewrite E0 in Hmem; simpl in Hmem; lra | lia]). assert (HR : 0 < INR n) by (apply lt_0_INR, HN).
    destruct (mean_moved k Hmem) as [Mean _].
    assert (Some : forall m, (m <= n)%nat -> (exists r, (r < m)%nat /\ C k r = true /\ sum n (anchor_loss (moved k r)) <= sum n (anchor_loss z)) \/
      sum m (fun r => if C k r then sum n (anchor_loss z) else 0) <= sum m (fun r => if C k r then sum n (anchor_loss (moved k r)) else 0) /\
      ((exists r, (r < m)%nat /\ C k r = true) -> sum m (fun r => if C k r then sum n (anchor_loss z) else 0) < sum m (fun r => if C k r then sum n (anchor_loss (moved k r)) else 0))).
    { induction m as [|m IH]; intros Hm; [right; split; [apply Rle_refl | intros (r & Hr & _); lia]|].
      destruct (IH ltac:(lia)) as [(r & Hr & H)|[Le Lt]]; [left; exists r; split; [lia | exact H]|]. cbn [sum]. destruct (C k m) eqn:E.
      - destruct (Rle_lt_dec (sum n (anchor_loss (moved k m))) (sum n (anchor_loss z))) as [H|H]; [left; exists m; repeat split; (lia || assumption)|].
        right. split; [|intros _]; [apply Rplus_le_compat; [exact Le | left; exact H] | apply Rplus_le_lt_compat; [exact Le | exact H]].
      - right. split; [lra|]. intros (r & Hr & Er). assert (r <> m) by congruence. specialize (Lt ltac:(exists r; split; [lia | exact Er])). lra. }
    destruct (Some n (Nat.le_refl n)) as [(r & Hr & Er & H)|[_ Lt]].
    - apply Nat.eqb_eq in Er. exists r. repeat split; [exact Hr | exact Er|]. rewrite !sample_loss_sum. unfold Rdiv. apply Rmult_le_compat_r; [left; apply Rinv_0_lt_compat, HR | exact H].
    - exfalso. assert (Ex : exists r, (r < n)%nat /\ C k r = true).
      { assert (G : forall m, 0 < sum m (fun i => if C k i then 1 else 0) -> exists r, (r < m)%nat /\ C k r = true).
        { induction m as [|m IH]; cbn [sum]; intros H; [lra|]. destruct (C k m) eqn:E; [exists m; split; [lia | exact E]|].
          destruct IH as (r & Hr & Er); [lra | exists r; split; [lia | exact Er]]. }
        apply G, Hmem. }
      specialize (Lt Ex). rewrite (sum_ext n (fun r => if C k r then sum n (anchor_loss z) else 0) (fun r => (if C k r then 1 else 0) * sum n (anchor_loss z))) in Lt by (intros r _; destruct (C k r); ring).
      rewrite sum_scal_r in Lt. fold (members k) in Lt. lra.
  Qed.
End Collapse.

(* so every class may be moved to one of its samples, in turn, at no loss *)
Theorem collapsed_below loss F n d tau y z K : shape loss F -> 0 < tau -> (forall a, (a < n)%nat -> positives n y a <> [] /\ negatives n y a <> []) ->
  (forall i, (i < n)%nat -> on_sphere d (z i)) -> (forall l, (l < K)%nat -> exists i, (i < n)%nat /\ y i = l) ->
  exists v, (forall i, (i < n)%nat -> on_sphere d (v i)) /\ (forall i j, (i < n)%nat -> (j < n)%nat -> y i = y j -> (y i < K)%nat -> v i = v j) /\
    sample_loss loss n d tau y v <= sample_loss loss n d tau y z.
Proof.
  intros Hsh Ht Hc Hz. induction K as [|K IH]; intros Hm; [exists z; repeat split; [exact Hz | intros; lia | apply Rle_refl]|].
  destruct IH as (v & Hv & Hone & Hle); [intros l Hl; apply Hm; lia|]. destruct (Hm K ltac:(lia)) as (i0 & Hi0 & E0).
  destruct (one_moved loss F n d tau y v Hsh Ht Hc Hv K) as (r & Hr & Er & Hle'); [rewrite <- E0; apply (members_pos n y i0 Hi0)|].
  exists (moved y v K r). split; [apply (moved_sphere n d y v Hv K r Hr)|]. split; [|eapply Rle_trans; eassumption].
  intros i j Hi Hj E Hlt. unfold moved. rewrite <- E. destruct (Nat.eqb_spec (y i) K) as [|Hne]; [reflexivity|]. apply Hone; (assumption || lia).
Qed.
