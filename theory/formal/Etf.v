(* Balanced classes: among collapsed embeddings the simplex ETF is the optimum. *)
From Coq Require Import Reals List Arith Bool Lra Lia.
From ContrastiveClaims Require Import Spec Logits Vectors Linear Duality Shapes Nodes Collapse.
Open Scope R_scope.
Import ListNotations.

Section Etf.
  Variables (loss : list R -> list R -> R) (F : list R -> R -> R) (A0 : R) (K k n d : nat) (tau : R) (y : nat -> nat).
  Hypotheses (Hsh : shape loss F) (Ht : 0 < tau) (HK : (2 <= K)%nat) (Hk : (2 <= k)%nat) (Hbal : balanced K k n y) (Hd : (K - 1 <= d)%nat) (HA0 : 0 < A0)
    (HF : forall Y, 0 < Y -> F (repeat (/ tau) (k - 1)) Y = ln (A0 + Y * exp (- / tau))).
  Let N := INR K.
  Let kk := INR k.
  Lemma N_2 : 2 <= N. Proof. apply (le_INR 2), HK. Qed.
  Lemma kk_2 : 2 <= kk. Proof. apply (le_INR 2), Hk. Qed.
  Lemma class_count l : (l < K)%nat -> sum n (fun i => if (y i =? l)%nat then 1 else 0) = kk.
  Proof. intros Hl. rewrite <- length_filter, (proj2 Hbal l Hl). reflexivity. Qed.
  Lemma class_sum g : sum n (fun i => g (y i)) = kk * sum K g.
  Proof.
    rewrite (sum_ext n _ (fun i => 1 * g (y i))) by (intros; ring). rewrite (group_sum n K y (fun _ => 1) g (proj1 Hbal)), <- sum_scal.
    apply sum_ext. intros l Hl. rewrite class_count by exact Hl. reflexivity.
  Qed.
  Lemma samples : INR n = N * kk.
  Proof. transitivity (sum n (fun _ => 1)); [rewrite sum_const; ring|]. rewrite (class_sum (fun _ => 1)), sum_const. fold N. ring. Qed.
  Lemma member l : (l < K)%nat -> exists i, (i < n)%nat /\ y i = l.
  Proof.
    intros Hl. pose proof (proj2 Hbal l Hl) as E. destruct (filter (fun i => (y i =? l)%nat) (seq 0 n)) as [|i rest] eqn:Ef; [simpl in E; lia|].
    assert (Hin : In i (filter (fun i => (y i =? l)%nat) (seq 0 n))) by (rewrite Ef; left; reflexivity). apply filter_In in Hin. destruct Hin as [H1 H2].
    exists i. split; [apply in_seq in H1; lia | apply Nat.eqb_eq, H2].
  Qed.
  Lemma positives_count a : (a < n)%nat -> length (positives n y a) = (k - 1)%nat.
  Proof.
    intros Ha. apply INR_eq. rewrite length_positives, minus_INR by (assumption || lia). rewrite (proj2 Hbal (y a)) by (apply Hbal, Ha). reflexivity.
  Qed.
  Lemma classes a : (a < n)%nat -> positives n y a <> [] /\ negatives n y a <> [].
  Proof.
    intros Ha. split.
    - intros E. pose proof (positives_count a Ha) as L. rewrite E in L. simpl in L. lia.
    - destruct (member (if (y a =? 0)%nat then 1%nat else 0%nat)) as (i & Hi & Ei); [destruct (y a =? 0)%nat; lia|]. intros E.
      assert (Hin : In i (negatives n y a)).
      { unfold negatives. apply filter_In. split; [apply in_seq; lia|]. rewrite Ei. destruct (Nat.eqb_spec (y a) 0) as [E0|E0]; [rewrite E0; reflexivity | destruct (Nat.eqb_spec 0 (y a)); [congruence | reflexivity]]. }
      rewrite E in Hin. exact Hin.
  Qed.

  Definition class_weights (l l' : nat) : R := if (l =? l')%nat then A0 else kk.
  Definition class_pairs (l l' : nat) : R := if (l =? l')%nat then / N else 0.
  Let om (l : nat) : R := / N.
  Notation f := (gloss K tau om class_weights class_pairs).
  Lemma weights_pos l l' : 0 < class_weights l l'.
  Proof. unfold class_weights. pose proof kk_2. destruct (l =? l')%nat; lra. Qed.
  Lemma om_pos l : 0 < om l. Proof. apply Rinv_0_lt_compat. pose proof N_2. lra. Qed.
  Lemma collapsed_anchor h a : unit_vectors K d h -> (a < n)%nat ->
    anchor_loss loss n d tau y (fun i => h (y i)) a = ln (part K tau class_weights (gram d h) (y a)) - / tau.
  Proof.
    intros Hh Ha. destruct (classes a Ha) as [Pa Na]. pose proof (proj1 Hbal a Ha) as Hya. unfold anchor_loss.
    rewrite (by_sum loss F Hsh) by (apply map_nonempty; assumption).
    assert (E1 : map (fun i => logit tau d (h (y a)) (h (y i))) (positives n y a) = repeat (/ tau) (k - 1)).
    { rewrite <- (positives_count a Ha), <- map_const_repeat. apply map_ext_in. intros i Hi. apply in_positives in Hi. destruct Hi as (_ & E & _).
      rewrite E. unfold logit. rewrite (Hh (y a) Hya). unfold Rdiv. ring. }
    set (Y := sum_exp (map (fun i => logit tau d (h (y a)) (h (y i))) (negatives n y a))). assert (HY : 0 < Y) by (apply sum_exp_pos, map_nonempty, Na).
    rewrite E1, HF by exact HY. rewrite <- ln_mult_exp.
    2:{ apply sum_pos; [lia|]. intros l _. apply Rmult_lt_0_compat; [apply weights_pos | apply exp_pos]. }
    f_equal. assert (EY : Y = sum K (fun l => if (y a =? l)%nat then 0 else kk * exp (gram d h (y a) l / tau))).
    { unfold Y. rewrite (negs_sum n d tau y (fun i => h (y i)) a).
      rewrite (sum_ext n _ (fun i => (fun l => if (l =? y a)%nat then 0 else exp (gram d h (y a) l / tau)) (y i))) by (intros; reflexivity).
      rewrite (class_sum (fun l => if (l =? y a)%nat then 0 else exp (gram d h (y a) l / tau))), <- sum_scal. apply sum_ext. intros l _. rewrite (Nat.eqb_sym l). destruct (y a =? l)%nat; ring. }
    assert (EP : part K tau class_weights (gram d h) (y a) = Y + A0 * exp (/ tau)).
    { rewrite EY. unfold part. rewrite (sum_ext K _ (fun l => (if (y a =? l)%nat then 0 else kk * exp (gram d h (y a) l / tau)) + (if (y a =? l)%nat then A0 * exp (/ tau) else 0))).
      - rewrite sum_plus, (sum_indicator K (y a) (fun _ => A0 * exp (/ tau)) Hya). reflexivity.
      - intros l Hl. unfold class_weights. destruct (Nat.eqb_spec (y a) l) as [<-|]; [|ring]. replace (gram d h (y a) (y a)) with 1 by (symmetry; apply Hh, Hya). replace (1 / tau) with (/ tau) by (unfold Rdiv; ring). ring. }
    rewrite EP, Rmult_plus_distr_r, Rmult_assoc, exp_inverse. ring.
  Qed.
  Lemma collapsed_loss h : unit_vectors K d h -> sample_loss loss n d tau y (fun i => h (y i)) = f (gram d h).
  Proof.
    intros Hh. pose proof N_2. pose proof kk_2. rewrite sample_loss_sum.
    rewrite (sum_ext n _ (fun i => (fun l => ln (part K tau class_weights (gram d h) l) - / tau) (y i))) by (intros a Ha; apply collapsed_anchor; assumption).
    rewrite (class_sum (fun l => ln (part K tau class_weights (gram d h) l) - / tau)), samples, sum_minus, sum_const. fold N. unfold gloss.
    rewrite (sum_ext K (fun l => sum K (fun l' => class_pairs l l' * gram d h l l')) (fun _ => / N)).
    - rewrite sum_const. fold N. unfold om. rewrite sum_scal. field. repeat split; lra.
    - intros l Hl. rewrite (sum_ext K _ (fun l' => if (l =? l')%nat then / N else 0)); [apply (sum_indicator K l (fun _ => / N) Hl)|].
      intros l' Hl'. unfold class_pairs. destruct (Nat.eqb_spec l l') as [<-|]; [|ring]. replace (gram d h l l) with 1 by (symmetry; apply Hh, Hl). ring.
  Qed.
  Let low := - / (N - 1).
  Let X := exp (low / tau).
  Let Z := A0 * exp (/ tau) + (N - 1) * (kk * X).
  Lemma part_etf l : (l < K)%nat -> part K tau class_weights (equal_cosines low) l = Z.
  Proof.
    intros Hl. unfold part. rewrite (sum_ext K _ (fun l' => kk * X + if (l =? l')%nat then A0 * exp (/ tau) - kk * X else 0)).
    - rewrite sum_plus, sum_const, (sum_indicator K l (fun _ => _) Hl). fold N. unfold Z. ring.
    - intros l' _. unfold class_weights, equal_cosines. destruct (l =? l')%nat; [replace (1 / tau) with (/ tau) by (unfold Rdiv; ring); ring | fold X; ring].
  Qed.
  Lemma Z_pos : 0 < Z.
  Proof. pose proof N_2. pose proof kk_2. unfold Z. pose proof (exp_pos (/ tau)). assert (0 < X) by apply exp_pos. apply Rplus_lt_0_compat; repeat apply Rmult_lt_0_compat; lra. Qed.
  Lemma etf_optimum : optimum_is K (K - 1) f (equal_cosines low).
  Proof.
    pose proof N_2. pose proof kk_2. pose proof Z_pos as HZ. destruct (simplex_vectors K HK) as (v & Hu & Hv).
    apply (optimum_from K tau om class_weights class_pairs ltac:(lia) Ht (fun l _ => om_pos l) (fun l l' _ _ => weights_pos l l') (K - 1) v _ Hu Hv). intros x.
    apply (simplex_form K tau om class_weights class_pairs (/ (N * tau) * (kk * X / Z)) (/ (N * tau) * (A0 * exp (/ tau) / Z - 1))); [exact HK | |].
    - assert (0 < X) by apply exp_pos. apply Rmult_le_pos; [left; apply Rinv_0_lt_compat; nra|]. left. apply Rdiv_lt_0_compat; [apply Rmult_lt_0_compat; lra | exact HZ].
    - intros l l' Hl Hl'. fold N low. unfold grad, rep. rewrite !part_etf by assumption. unfold class_weights, class_pairs, equal_cosines, om.
      rewrite (Nat.eqb_sym l' l). destruct (l =? l')%nat; [replace (1 / tau) with (/ tau) by (unfold Rdiv; ring) | fold X]; field; repeat split; lra.
  Qed.
  Lemma etf_value G : (forall l l', (l < K)%nat -> (l' < K)%nat -> G l l' = equal_cosines low l l') -> f G = ln (A0 + (N - 1) * kk * exp (- (N / ((N - 1) * tau)))).
  Proof.
    intros HG. pose proof N_2. rewrite (gloss_ext K tau om class_weights class_pairs G (equal_cosines low) HG). unfold gloss.
    rewrite (sum_ext K (fun l => sum K (fun l' => class_pairs l l' * equal_cosines low l l')) (fun _ => / N)).
    2:{ intros l Hl. rewrite (sum_ext K _ (fun l' => if (l =? l')%nat then / N else 0)); [apply (sum_indicator K l (fun _ => / N) Hl)|].
        intros l' _. unfold class_pairs, equal_cosines. destruct (l =? l')%nat; ring. }
    rewrite (sum_ext K (fun l => om l * ln (part K tau class_weights (equal_cosines low) l)) (fun _ => / N * ln Z)) by (intros l Hl; rewrite part_etf by exact Hl; reflexivity).
    rewrite !sum_const. fold N. transitivity (ln Z - / tau); [field; lra|]. rewrite <- ln_mult_exp by apply Z_pos. f_equal. unfold Z. rewrite Rmult_plus_distr_r.
    replace (A0 * exp (/ tau) * exp (- / tau)) with (A0 * (exp (/ tau) * exp (- / tau))) by ring. rewrite exp_inverse.
    replace (- (N / ((N - 1) * tau))) with (low / tau + - / tau) by (unfold low; field; lra). rewrite exp_plus. fold X. ring.
  Qed.

  Theorem etf z : minimises loss n d tau y z ->
    (forall i j, (i < n)%nat -> (j < n)%nat -> y i = y j -> dot d (z i) (z j) = 1) /\
    (forall i j, (i < n)%nat -> (j < n)%nat -> y i <> y j -> dot d (z i) (z j) = low) /\
    sample_loss loss n d tau y z = ln (A0 + (N - 1) * kk * exp (- (N / ((N - 1) * tau)))).
  Proof.
    intros [Hz Hmin]. pose proof (collapse loss F n d tau y z Hsh Ht classes Hz Hmin) as Hcol. split; [exact Hcol|].
    set (rho := fun l => hd 0%nat (filter (fun i => (y i =? l)%nat) (seq 0 n))).
    assert (Hrho : forall l, (l < K)%nat -> (rho l < n)%nat /\ y (rho l) = l).
    { intros l Hl. pose proof (proj2 Hbal l Hl) as E. unfold rho. destruct (filter (fun i => (y i =? l)%nat) (seq 0 n)) as [|i rest] eqn:Ef; [simpl in E; lia|].
      assert (Hin : In i (filter (fun i => (y i =? l)%nat) (seq 0 n))) by (rewrite Ef; left; reflexivity). apply filter_In in Hin. destruct Hin as [G1 G2].
      simpl. split; [apply in_seq in G1; lia | apply Nat.eqb_eq, G2]. }
    set (h := fun l => z (rho l)).
    assert (Hh : unit_vectors K d h) by (intros l Hl; apply Hz, Hrho, Hl).
    assert (Hc : forall i c, (i < n)%nat -> (c < d)%nat -> z i c = h (y i) c).
    { intros i c Hi Hc. destruct (Hrho (y i) (proj1 Hbal i Hi)) as [R1 R2]. apply (dot_1_equal d); [apply Hz, Hi | apply Hz, R1 | apply Hcol; [exact Hi | exact R1 | symmetry; exact R2] | exact Hc]. }
    assert (Hdot : forall i j, (i < n)%nat -> (j < n)%nat -> dot d (z i) (z j) = gram d h (y i) (y j)).
    { intros i j Hi Hj. apply sum_ext. intros c Hc'. rewrite !Hc by assumption. reflexivity. }
    assert (Hsame : sample_loss loss n d tau y z = sample_loss loss n d tau y (fun i => h (y i))).
    { unfold sample_loss. apply mean_ext. intros a Ha. apply in_seq in Ha. f_equal; apply map_ext_in; intros i Hi; unfold logit; f_equal; apply Hdot; try lia.
      - apply in_positives in Hi. apply Hi.
      - unfold negatives in Hi. apply filter_In in Hi. destruct Hi as [Hi _]. apply in_seq in Hi. lia. }
    assert (Hopt : optimal K d f h).
    { split; [exact Hh|]. intros h' Hh'. rewrite <- !collapsed_loss, <- Hsame by assumption. apply Hmin. intros i Hi. apply Hh', Hbal, Hi. }
    destruct (etf_optimum d Hd) as [_ Hall]. pose proof (Hall h Hopt) as HG. split.
    - intros i j Hi Hj Hne. rewrite Hdot, HG by (assumption || (apply Hbal; assumption)). unfold equal_cosines. apply Nat.eqb_neq in Hne. rewrite Hne. reflexivity.
    - rewrite Hsame, collapsed_loss by exact Hh. apply etf_value. exact HG.
  Qed.
  (* a minimiser exists: the simplex in the first coordinates, as no loss lies below a collapsed one *)
  Theorem etf_exists : exists z, (forall i, (i < n)%nat -> on_sphere d (z i)) /\
    (forall z', (forall i, (i < n)%nat -> on_sphere d (z' i)) -> sample_loss loss n d tau y z <= sample_loss loss n d tau y z') /\
    (forall i j, (i < n)%nat -> (j < n)%nat -> dot d (z i) (z j) = equal_cosines low (y i) (y j)).
  Proof.
    destruct (etf_optimum d Hd) as [(h & Hh & Hopt) Hall]. pose proof (Hall h (conj Hh Hopt)) as HG. exists (fun i => h (y i)).
    split; [intros i Hi; apply Hh, Hbal, Hi|]. split; [|intros i j Hi Hj; apply HG; apply Hbal; assumption].
    intros z' Hz'. destruct (collapsed_below loss F n d tau y z' K Hsh Ht classes Hz' member) as (v & Hv & Hone & Hle). eapply Rle_trans; [|exact Hle].
    set (rho := fun l => hd 0%nat (filter (fun i => (y i =? l)%nat) (seq 0 n))).
    assert (Hrho : forall l, (l < K)%nat -> (rho l < n)%nat /\ y (rho l) = l).
    { intros l Hl. pose proof (proj2 Hbal l Hl) as E. unfold rho. destruct (filter (fun i => (y i =? l)%nat) (seq 0 n)) as [|i rest] eqn:Ef; [simpl in E; lia|].
      assert (Hin : In i (filter (fun i => (y i =? l)%nat) (seq 0 n))) by (rewrite Ef; left; reflexivity). apply filter_In in Hin. destruct Hin as [G1 G2].
      simpl. split; [apply in_seq in G1; lia | apply Nat.eqb_eq, G2]. }
    set (u := fun l => v (rho l)). assert (Hu : unit_vectors K d u) by (intros l Hl; apply Hv, Hrho, Hl).
    assert (Same : sample_loss loss n d tau y v = sample_loss loss n d tau y (fun i => u (y i))).
    { assert (Ev : forall i, (i < n)%nat -> v i = u (y i)) by (intros i Hi; destruct (Hrho (y i) (proj1 Hbal i Hi)) as [R1 R2]; apply Hone; [exact Hi | exact R1 | symmetry; exact R2 | apply Hbal, Hi]).
      unfold sample_loss. apply mean_ext. intros a Ha. apply in_seq in Ha. f_equal; apply map_ext_in; intros i Hi; rewrite (Ev a), (Ev i); try reflexivity; try lia.
      - apply in_positives in Hi. apply Hi.
      - unfold negatives in Hi. apply filter_In in Hi. destruct Hi as [Hi _]. apply in_seq in Hi. lia. }
    rewrite Same, !collapsed_loss by assumption. apply Hopt, Hu.
  Qed.
End Etf.

(* the two losses at coinciding positives *)
Lemma infonce_at_top eps tau k Y : (2 <= k)%nat -> F_infonce eps (repeat (/ tau) (k - 1)) Y = ln (exp (- eps) + Y * exp (- / tau)).
Proof. intros Hk. unfold F_infonce. rewrite map_repeat. apply mean_repeat. lia. Qed.
Lemma supcon_at_top eps tau k Y : (2 <= k)%nat -> 0 < Y -> F_supcon eps (repeat (/ tau) (k - 1)) Y = ln ((INR k - 1) * exp (- eps) + Y * exp (- / tau)).
Proof.
  intros Hk HY. unfold F_supcon. rewrite sum_exp_repeat, mean_repeat by lia. rewrite minus_INR by lia. simpl (INR 1).
  assert (2 <= INR k) by (apply (le_INR 2), Hk). pose proof (exp_pos (/ tau)). pose proof (exp_pos (- eps)).
  rewrite <- ln_mult_exp by (apply Rplus_lt_0_compat; [repeat apply Rmult_lt_0_compat; lra | exact HY]). f_equal. rewrite Rmult_plus_distr_r. f_equal.
  replace ((INR k - 1) * exp (/ tau) * exp (- eps) * exp (- / tau)) with ((INR k - 1) * exp (- eps) * (exp (/ tau) * exp (- / tau))) by ring. rewrite exp_inverse. ring.
Qed.
