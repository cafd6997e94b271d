(* A21: two small classes beside a large one merge exactly from a threshold on. *)
From Coq Require Import Reals List Arith Bool Lra Lia.
From ContrastiveClaims Require Import Spec Statements Logits Vectors Linear Duality Shapes Nodes Collapse.
From ContrastiveClaims Require B17.
Open Scope R_scope.
Import ListNotations.

Section Merging.
  Variables (loss : list R -> list R -> R) (F : list R -> R -> R) (a1 a3 eps tau : R) (m M n d : nat) (y : nat -> nat) (z : nat -> vector).
  Hypotheses (Hsh : shape loss F) (Ht : 0 < tau) (Hsize : (2 <= m <= M)%nat) (Hcl : merging_classes m M n y) (Hd : (2 <= d)%nat) (Ha1 : 0 < a1) (Ha3 : 0 < a3)
    (HF : forall l Y, (l < 3)%nat -> 0 < Y -> F (repeat (/ tau) ((if (l =? 2)%nat then M else m) - 1)) Y = ln ((if (l =? 2)%nat then a3 else a1) * exp (- eps) + Y * exp (- / tau))).
  Let size (l : nat) : R := if (l =? 2)%nat then INR M else INR m.
  Let own (l : nat) : R := (if (l =? 2)%nat then a3 else a1) * exp (- eps).
  Lemma m_2 : 2 <= INR m. Proof. apply (le_INR 2). lia. Qed.
  Lemma M_m : INR m <= INR M. Proof. apply le_INR. lia. Qed.
  Lemma size_pos l : 0 < size l. Proof. unfold size. pose proof m_2. pose proof M_m. destruct (l =? 2)%nat; lra. Qed.
  Lemma own_pos l : 0 < own l. Proof. unfold own. pose proof (exp_pos (- eps)). destruct (l =? 2)%nat; apply Rmult_lt_0_compat; assumption. Qed.
  Lemma count l : (l < 3)%nat -> sum n (fun i => if (y i =? l)%nat then 1 else 0) = size l.
  Proof. intros Hl. rewrite <- length_filter, (proj2 Hcl l Hl). unfold size. destruct (l =? 2)%nat; reflexivity. Qed.
  Lemma class_sum g : sum n (fun i => g (y i)) = sum 3 (fun l => size l * g l).
  Proof.
    rewrite (sum_ext n _ (fun i => 1 * g (y i))) by (intros; ring). rewrite (group_sum n 3 y (fun _ => 1) g (proj1 Hcl)).
    apply sum_ext. intros l Hl. rewrite count by exact Hl. reflexivity.
  Qed.
  Lemma n_pos : 0 < INR n.
  Proof.
    replace (INR n) with (sum 3 (fun l => size l * 1)).
    - apply sum_pos; [lia | intros l _; rewrite Rmult_1_r; apply size_pos].
    - rewrite <- (class_sum (fun _ => 1)), sum_const. ring.
  Qed.
  Lemma positives_count a : (a < n)%nat -> length (positives n y a) = ((if (y a =? 2)%nat then M else m) - 1)%nat.
  Proof.
    intros Ha. apply INR_eq. rewrite length_positives by exact Ha. rewrite (proj2 Hcl (y a)) by (apply Hcl, Ha).
    rewrite minus_INR by (destruct (y a =? 2)%nat; lia). reflexivity.
  Qed.
  Lemma member l : (l < 3)%nat -> exists i, (i < n)%nat /\ y i = l.
  Proof.
    intros Hl. pose proof (proj2 Hcl l Hl) as E. destruct (filter (fun i => (y i =? l)%nat) (seq 0 n)) as [|i rest] eqn:Ef; [simpl in E; destruct (l =? 2)%nat; lia|].
    assert (Hin : In i (filter (fun i => (y i =? l)%nat) (seq 0 n))) by (rewrite Ef; left; reflexivity). apply filter_In in Hin. destruct Hin as [G1 G2].
    exists i. split; [apply in_seq in G1; lia | apply Nat.eqb_eq, G2].
  Qed.
  Lemma classes a : (a < n)%nat -> positives n y a <> [] /\ negatives n y a <> [].
  Proof.
    intros Ha. split.
    - intros E. pose proof (positives_count a Ha) as L. rewrite E in L. simpl in L. destruct (y a =? 2)%nat; lia.
    - destruct (member (if (y a =? 0)%nat then 1%nat else 0%nat)) as (i & Hi & Ei); [destruct (y a =? 0)%nat; lia|]. intros E.
      assert (Hin : In i (negatives n y a)).
      { unfold negatives. apply filter_In. split; [apply in_seq; lia|]. rewrite Ei. destruct (Nat.eqb_spec (y a) 0) as [E0|E0]; [rewrite E0; reflexivity | destruct (Nat.eqb_spec 0 (y a)); [congruence | reflexivity]]. }
      rewrite E in Hin. exact Hin.
  Qed.
  Let om (l : nat) : R := size l / INR n.
  Definition weights (l l' : nat) : R := if (l =? l')%nat then own l else size l'.
  Definition class_pairs (l l' : nat) : R := if (l =? l')%nat then om l else 0.
  Notation f := (gloss 3 tau om weights class_pairs).
  Lemma weights_pos l l' : 0 < weights l l'. Proof. unfold weights. destruct (l =? l')%nat; [apply own_pos | apply size_pos]. Qed.
  Lemma om_pos l : 0 < om l. Proof. apply Rdiv_lt_0_compat; [apply size_pos | apply n_pos]. Qed.
  Lemma om_1 : sum 3 om = 1.
  Proof. unfold om, Rdiv. rewrite sum_scal_r. rewrite (sum_ext 3 size (fun l => size l * 1)) by (intros; ring). rewrite <- (class_sum (fun _ => 1)), sum_const. pose proof n_pos. field. lra. Qed.
  Lemma collapsed_anchor h a : unit_vectors 3 d h -> (a < n)%nat ->
    anchor_loss loss n d tau y (fun i => h (y i)) a = ln (part 3 tau weights (gram d h) (y a)) - / tau.
  Proof.
    intros Hh Ha. destruct (classes a Ha) as [Pa Na]. pose proof (proj1 Hcl a Ha) as Hya. unfold anchor_loss.
    rewrite (by_sum loss F Hsh) by (apply map_nonempty; assumption).
    assert (E1 : map (fun i => logit tau d (h (y a)) (h (y i))) (positives n y a) = repeat (/ tau) ((if (y a =? 2)%nat then M else m) - 1)).
    { rewrite <- (positives_count a Ha), <- map_const_repeat. apply map_ext_in. intros i Hi. apply in_positives in Hi. destruct Hi as (_ & E & _).
      rewrite E. unfold logit. rewrite (Hh (y a) Hya). unfold Rdiv. ring. }
    set (Y := sum_exp (map (fun i => logit tau d (h (y a)) (h (y i))) (negatives n y a))). assert (HY : 0 < Y) by (apply sum_exp_pos, map_nonempty, Na).
    rewrite E1, HF by assumption. fold (own (y a)). rewrite <- ln_mult_exp.
    2:{ apply sum_pos; [lia|]. intros l _. apply Rmult_lt_0_compat; [apply weights_pos | apply exp_pos]. }
    f_equal. assert (EY : Y = sum 3 (fun l => if (y a =? l)%nat then 0 else size l * exp (gram d h (y a) l / tau))).
    { unfold Y. rewrite (negs_sum n d tau y (fun i => h (y i)) a).
      rewrite (sum_ext n _ (fun i => (fun l => if (l =? y a)%nat then 0 else exp (gram d h (y a) l / tau)) (y i))) by (intros; reflexivity).
      rewrite (class_sum (fun l => if (l =? y a)%nat then 0 else exp (gram d h (y a) l / tau))). apply sum_ext. intros l _. rewrite (Nat.eqb_sym l). destruct (y a =? l)%nat; ring. }
    assert (EP : part 3 tau weights (gram d h) (y a) = Y + own (y a) * exp (/ tau)).
    { rewrite EY. unfold part. rewrite (sum_ext 3 _ (fun l => (if (y a =? l)%nat then 0 else size l * exp (gram d h (y a) l / tau)) + (if (y a =? l)%nat then own (y a) * exp (/ tau) else 0))).
      - rewrite sum_plus, (sum_indicator 3 (y a) (fun _ => own (y a) * exp (/ tau)) Hya). reflexivity.
      - intros l Hl. unfold weights. destruct (Nat.eqb_spec (y a) l) as [<-|]; [|ring]. replace (gram d h (y a) (y a)) with 1 by (symmetry; apply Hh, Hya). replace (1 / tau) with (/ tau) by (unfold Rdiv; ring). ring. }
    rewrite EP, Rmult_plus_distr_r, Rmult_assoc, exp_inverse. ring.
  Qed.
  Lemma collapsed_loss h : unit_vectors 3 d h -> sample_loss loss n d tau y (fun i => h (y i)) = f (gram d h).
  Proof.
    intros Hh. pose proof n_pos as Hn. rewrite sample_loss_sum.
    rewrite (sum_ext n _ (fun i => (fun l => ln (part 3 tau weights (gram d h) l) - / tau) (y i))) by (intros a Ha; apply collapsed_anchor; assumption).
    rewrite (class_sum (fun l => ln (part 3 tau weights (gram d h) l) - / tau)). unfold gloss.
    rewrite (sum_ext 3 (fun l => sum 3 (fun l' => class_pairs l l' * gram d h l l')) om).
    - rewrite om_1. transitivity (sum 3 (fun l => om l * (ln (part 3 tau weights (gram d h) l) - / tau))).
      + unfold Rdiv. rewrite <- sum_scal_r. apply sum_ext. intros; unfold om, Rdiv; ring.
      + rewrite (sum_ext 3 _ (fun l => om l * ln (part 3 tau weights (gram d h) l) - om l * / tau)) by (intros; ring). rewrite sum_minus, sum_scal_r, om_1. ring.
    - intros l Hl. rewrite (sum_ext 3 _ (fun l' => if (l =? l')%nat then om l else 0)); [apply (sum_indicator 3 l (fun _ => om l) Hl)|].
      intros l' Hl'. unfold class_pairs. destruct (Nat.eqb_spec l l') as [<-|]; [|ring]. replace (gram d h l l) with 1 by (symmetry; apply Hh, Hl). ring.
  Qed.
  Let E := exp (/ tau).
  Let Z1 := a1 * E * exp (- eps) + INR m * E + INR M / E.
  Let Z3 := a3 * E * exp (- eps) + 2 * INR m / E.
  Lemma merged_psd : (forall x, 0 <= quad 3 (dual 3 tau om weights class_pairs merged) x) <-> merging_condition tau eps a1 a3 (INR m) (INR M).
  Proof.
    pose proof m_2 as Hm2. pose proof M_m as HMm. pose proof n_pos as Hn. assert (HE : 0 < E) by apply exp_pos. pose proof (exp_pos (- eps)) as Hq.
    assert (P1 : 0 < a1 * E * exp (- eps)) by (repeat apply Rmult_lt_0_compat; assumption). assert (P3 : 0 < a3 * E * exp (- eps)) by (repeat apply Rmult_lt_0_compat; assumption).
    assert (Q1 : 0 < INR m * E) by (apply Rmult_lt_0_compat; lra). assert (Q2 : 0 < INR M / E) by (apply Rdiv_lt_0_compat; lra). assert (Q3 : 0 < 2 * INR m / E) by (apply Rdiv_lt_0_compat; lra).
    assert (HZ1 : 0 < Z1) by (unfold Z1; lra). assert (HZ3 : 0 < Z3) by (unfold Z3; lra).
    assert (EN : exp (1 / tau) = E) by (unfold E; f_equal; unfold Rdiv; ring). assert (EF : exp (-1 / tau) = / E) by (unfold E; rewrite <- exp_Ropp; f_equal; unfold Rdiv; ring).
    assert (X0 : part 3 tau weights merged 0 = Z1) by (unfold part, weights, own, size, merged; simpl; rewrite EN, EF; unfold Z1, Rdiv; ring).
    assert (X1 : part 3 tau weights merged 1 = Z1) by (unfold part, weights, own, size, merged; simpl; rewrite EN, EF; unfold Z1, Rdiv; ring).
    assert (X2 : part 3 tau weights merged 2 = Z3) by (unfold part, weights, own, size, merged; simpl; rewrite EN, EF; unfold Z3, Rdiv; ring).
    set (D := grad 3 tau om weights class_pairs merged).
    assert (D01 : D 0%nat 1%nat = INR m * INR m * E / (INR n * tau * Z1)).
    { unfold D, grad, rep. rewrite X0, X1. unfold weights, class_pairs, om, size, merged. simpl. rewrite EN. field. repeat split; lra. }
    assert (D02 : D 0%nat 2%nat = INR m * INR M / (2 * E * INR n * tau) * (/ Z1 + / Z3)).
    { unfold D, grad, rep. rewrite X0, X2. unfold weights, class_pairs, om, size, merged. simpl. rewrite EF. field. repeat split; lra. }
    assert (D12 : D 1%nat 2%nat = D 0%nat 2%nat).
    { rewrite D02. unfold D, grad, rep. rewrite X1, X2. unfold weights, class_pairs, om, size, merged. simpl. rewrite EF. field. repeat split; lra. }
    assert (Hform : forall x, quad 3 (dual 3 tau om weights class_pairs merged) x = (- D 0%nat 1%nat) * ((x 0%nat - x 1%nat) * (x 0%nat - x 1%nat)) +
      D 0%nat 2%nat * ((x 0%nat - - x 2%nat) * (x 0%nat - - x 2%nat)) + D 0%nat 2%nat * ((x 1%nat - - x 2%nat) * (x 1%nat - - x 2%nat))).
    { intros x. rewrite (line_form 3 tau om weights class_pairs merged B17.side) by (intros; (apply B17.side_square || apply B17.side_merged)). fold D.
      assert (Sy : forall k l, D k l = D l k) by (intros; apply grad_sym). unfold sum2. cbn [sum]. rewrite (Sy 1%nat 0%nat), (Sy 2%nat 0%nat), (Sy 2%nat 1%nat), D12. unfold B17.side. cbn [Nat.eqb]. field. }
    assert (B : 0 < D 0%nat 2%nat).
    { rewrite D02. pose proof (Rinv_0_lt_compat _ HZ1). pose proof (Rinv_0_lt_compat _ HZ3). apply Rmult_lt_0_compat; [|lra].
      apply Rdiv_lt_0_compat; [apply Rmult_lt_0_compat; lra | repeat apply Rmult_lt_0_compat; lra]. }
    pose proof (B17.three_vertices (- D 0%nat 1%nat) _ _ B B) as T.
    assert (T0 : (forall x, 0 <= quad 3 (dual 3 tau om weights class_pairs merged) x) <-> 0 <= - D 0%nat 1%nat + D 0%nat 2%nat * D 0%nat 2%nat / (D 0%nat 2%nat + D 0%nat 2%nat)).
    { rewrite <- T. split; intros H.
      - intros y0 y1 y2. specialize (H (fun k => match k with 0%nat => y0 | 1%nat => y1 | _ => - y2 end)). rewrite Hform in H. cbv beta iota in H. rewrite !Ropp_involutive in H. exact H.
      - intros x. rewrite Hform. apply H. }
    rewrite T0. replace (- D 0%nat 1%nat + D 0%nat 2%nat * D 0%nat 2%nat / (D 0%nat 2%nat + D 0%nat 2%nat))
      with (INR m / (4 * E * INR n * tau * Z1) * (INR M * (1 + Z1 / Z3) - 4 * INR m * E ^ 2)).
    2:{ transitivity (- D 0%nat 1%nat + D 0%nat 2%nat / 2); [rewrite D01, D02; clearbody Z1 Z3 E; field; repeat split; lra | field; lra]. }
    unfold merging_condition. fold E. fold Z1 Z3.
    assert (Hpos : 0 < INR m / (4 * E * INR n * tau * Z1)).
    { apply Rdiv_lt_0_compat; [lra|]. assert (0 < 4 * E) by lra. exact (Rmult_lt_0_compat _ _ (Rmult_lt_0_compat _ _ (Rmult_lt_0_compat _ _ H Hn) Ht) HZ1). }
    split; intros H; [|apply Rmult_le_pos; lra]. apply (Rmult_le_reg_l (INR m / (4 * E * INR n * tau * Z1))); [exact Hpos|]. lra.
  Qed.
  Theorem merging : minimises loss n d tau y z ->
    ((forall i j, (i < n)%nat -> (j < n)%nat -> dot d (z i) (z j) = merged (y i) (y j)) <-> merging_condition tau eps a1 a3 (INR m) (INR M)).
  Proof.
    intros [Hz Hmin]. pose proof (collapse loss F n d tau y z Hsh Ht classes Hz Hmin) as Hcol.
    set (rho := fun l => hd 0%nat (filter (fun i => (y i =? l)%nat) (seq 0 n))).
    assert (Hrho : forall l, (l < 3)%nat -> (rho l < n)%nat /\ y (rho l) = l).
    { intros l Hl. pose proof (proj2 Hcl l Hl) as Ec. unfold rho. destruct (filter (fun i => (y i =? l)%nat) (seq 0 n)) as [|i rest] eqn:Ef; [simpl in Ec; destruct (l =? 2)%nat; lia|].
      assert (Hin : In i (filter (fun i => (y i =? l)%nat) (seq 0 n))) by (rewrite Ef; left; reflexivity). apply filter_In in Hin. destruct Hin as [G1 G2].
      simpl. split; [apply in_seq in G1; lia | apply Nat.eqb_eq, G2]. }
    set (h := fun l => z (rho l)). assert (Hh : unit_vectors 3 d h) by (intros l Hl; apply Hz, Hrho, Hl).
    assert (Hc : forall i c, (i < n)%nat -> (c < d)%nat -> z i c = h (y i) c).
    { intros i c Hi Hc. destruct (Hrho (y i) (proj1 Hcl i Hi)) as [R1 R2]. apply (dot_1_equal d); [apply Hz, Hi | apply Hz, R1 | apply Hcol; [exact Hi | exact R1 | symmetry; exact R2] | exact Hc]. }
    assert (Hdot : forall i j, (i < n)%nat -> (j < n)%nat -> dot d (z i) (z j) = gram d h (y i) (y j)) by (intros i j Hi Hj; apply sum_ext; intros c Hc'; rewrite !Hc by assumption; reflexivity).
    assert (Hsame : sample_loss loss n d tau y z = sample_loss loss n d tau y (fun i => h (y i))).
    { unfold sample_loss. apply mean_ext. intros a Ha. apply in_seq in Ha. f_equal; apply map_ext_in; intros i Hi; unfold logit; f_equal; apply Hdot; try lia.
      - apply in_positives in Hi. apply Hi.
      - unfold negatives in Hi. apply filter_In in Hi. destruct Hi as [Hi _]. apply in_seq in Hi. lia. }
    assert (Hopt : optimal 3 d f h).
    { split; [exact Hh|]. intros h' Hh'. rewrite <- !collapsed_loss, <- Hsame by assumption. apply Hmin. intros i Hi. apply Hh', Hcl, Hi. }
    assert (Ln : forall k l, gram 1 (line B17.side) k l = merged k l) by (intros; apply B17.merged_line).
    rewrite <- merged_psd. split.
    - intros Hg. assert (G : forall k l, (k < 3)%nat -> (l < 3)%nat -> gram d h k l = gram 1 (line B17.side) k l).
      { intros k l Hk Hl. destruct (Hrho k Hk) as [R1 R2]. destruct (Hrho l Hl) as [R3 R4]. rewrite Ln. change (gram d h k l) with (dot d (z (rho k)) (z (rho l))). rewrite Hg, R2, R4 by assumption. reflexivity. }
      rewrite (optimal_iff 3 tau om weights class_pairs ltac:(lia) Ht (fun l _ => om_pos l) (fun l l' _ _ => weights_pos l l') 1 d (line B17.side) h ltac:(lia) B17.merged_unit Hh G) in Hopt.
      intros x. rewrite (quad_ext 3 _ (dual 3 tau om weights class_pairs (gram 1 (line B17.side)))); [apply Hopt|]. intros; apply dual_ext; try assumption. intros; symmetry; apply Ln.
    - intros HS i j Hi Hj. rewrite Hdot by assumption.
      destruct (optimum_from 3 tau om weights class_pairs ltac:(lia) Ht (fun l _ => om_pos l) (fun l l' _ _ => weights_pos l l') 1 (line B17.side) merged B17.merged_unit (fun k l _ _ => Ln k l) HS d ltac:(lia)) as [_ Hall].
      apply (Hall h Hopt); apply Hcl; assumption.
  Qed.
End Merging.

(* Z_1/Z_3 < (m E^2 + M)/(2 m) if a_1 <= a_3, so that the condition needs more than M = 1.7 m *)
Lemma near_never tau eps a1 a3 m M : 0 < tau -> 0 < m -> m <= M -> 10 * M <= 17 * m -> 0 < a1 -> a1 <= a3 -> ~ merging_condition tau eps a1 a3 m M.
Proof.
  intros Ht Hm HmM HM Ha Haa. unfold merging_condition. assert (HE : 1 < exp (/ tau)) by (rewrite <- exp_0; apply exp_increasing, Rinv_0_lt_compat, Ht). set (E := exp (/ tau)) in *.
  pose proof (exp_pos (- eps)) as P. set (x := a1 * E * exp (- eps)). set (x3 := a3 * E * exp (- eps)). assert (Hx : 0 < x) by (unfold x; repeat apply Rmult_lt_0_compat; lra).
  assert (Hx3 : x <= x3) by (unfold x, x3; apply Rmult_le_compat_r; [lra | apply Rmult_le_compat_r; lra]).
  intros H. assert (B3 : 0 < 2 * m / E) by (apply Rdiv_lt_0_compat; lra). assert (HE2 : 1 < E ^ 2) by (clear - HE; nra).
  set (c := (m * E ^ 2 + M) / (2 * m)). assert (Hc : c * (2 * m) = m * E ^ 2 + M) by (unfold c; field; lra). assert (Hme : m * 1 <= m * E ^ 2) by (apply Rmult_le_compat_l; lra). assert (Hc1 : 1 <= c) by (apply (Rmult_le_reg_r (2 * m)); lra).
  assert (R : (x + m * E + M / E) / (x3 + 2 * m / E) <= c).
  { apply (Rmult_le_reg_r (x3 + 2 * m / E)); [lra|]. unfold Rdiv at 1. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
    replace (c * (x3 + 2 * m / E)) with (c * x3 + (m * E + M / E)) by (transitivity (c * x3 + c * (2 * m) / E); [rewrite Hc; field; lra | field; lra]).
    assert (x <= c * x3); [|lra]. clear - Hc1 Hx3 Hx. nra. }
  assert (T : 4 * m * E ^ 2 <= M * (1 + c)) by (eapply Rle_trans; [exact H | apply Rmult_le_compat_l; lra]).
  assert (T2 : 8 * m * m * E ^ 2 <= M * (2 * m + (m * E ^ 2 + M))) by (rewrite <- Hc; apply (Rmult_le_compat_r (2 * m)) in T; [|lra]; lra).
  set (e := E ^ 2) in *. assert (M * M <= 17 / 10 * m * M) by (apply Rmult_le_compat_r; lra). assert (M * (m * e) <= 17 / 10 * m * (m * e)) by (apply Rmult_le_compat_r; [apply Rmult_le_pos|]; lra).
  assert (m * M <= 17 / 10 * m * m) by (clear - HM Hm; nra). assert (m * m * 1 < m * m * e) by (apply Rmult_lt_compat_l; [apply Rmult_lt_0_compat; lra | exact HE2]). assert (0 < m * m) by (apply Rmult_lt_0_compat; lra). lra.
Qed.
(* with x = E^2 and q = e^-eps the condition reads q x (4 m x a_3 - M a_3 - M a_1) <= M (2 m + m x + M) - 8 m^2 x *)
Lemma condition_linear tau eps a1 a3 m M : 0 < m -> 0 < a3 -> let x := exp (/ tau) ^ 2 in
  merging_condition tau eps a1 a3 m M <-> exp (- eps) * (x * (4 * m * x * a3 - M * a3 - M * a1)) <= M * (2 * m + m * x + M) - 8 * m * m * x.
Proof.
  intros Hm H3. unfold merging_condition. assert (HE : 0 < exp (/ tau)) by apply exp_pos. set (E := exp (/ tau)) in *. cbv zeta. pose proof (exp_pos (- eps)) as P. set (q := exp (- eps)) in *.
  assert (B2 : 0 < a3 * E * q) by (repeat apply Rmult_lt_0_compat; assumption). assert (B3 : 0 < 2 * m / E) by (apply Rdiv_lt_0_compat; lra).
  assert (B4 : 0 < a3 * E * q * E) by (apply Rmult_lt_0_compat; assumption).
  assert (HZ : 0 < E * (a3 * E * q + 2 * m / E)) by (apply Rmult_lt_0_compat; lra).
  assert (X : (M * (1 + (a1 * E * q + m * E + M / E) / (a3 * E * q + 2 * m / E)) - 4 * m * E ^ 2) * (E * (a3 * E * q + 2 * m / E))
    = M * (2 * m + m * E ^ 2 + M) - 8 * m * m * E ^ 2 - q * (E ^ 2 * (4 * m * E ^ 2 * a3 - M * a3 - M * a1))) by (field; split; lra).
  split; intros H.
  - assert (0 <= (M * (1 + (a1 * E * q + m * E + M / E) / (a3 * E * q + 2 * m / E)) - 4 * m * E ^ 2) * (E * (a3 * E * q + 2 * m / E))) by (apply Rmult_le_pos; lra). lra.
  - apply Rminus_le. destruct (Rle_lt_dec (4 * m * E ^ 2 - M * (1 + (a1 * E * q + m * E + M / E) / (a3 * E * q + 2 * m / E))) 0) as [|Hlt]; [assumption | exfalso].
    apply (Rmult_lt_compat_r (E * (a3 * E * q + 2 * m / E))) in Hlt; [|exact HZ]. lra.
Qed.
Lemma condition_somewhere tau a1 a3 m M : 0 < m -> 0 < a3 -> from_some_point (fun eps => merging_condition tau eps a1 a3 m M) \/
  exp (/ tau) ^ 2 * (4 * m * exp (/ tau) ^ 2 * a3 - M * a3 - M * a1) < 0.
Proof.
  intros Hm H3. pose proof (fun eps => condition_linear tau eps a1 a3 m M Hm H3) as C. cbv zeta in C.
  set (slope := exp (/ tau) ^ 2 * (4 * m * exp (/ tau) ^ 2 * a3 - M * a3 - M * a1)) in *. set (room := M * (2 * m + m * exp (/ tau) ^ 2 + M) - 8 * m * m * exp (/ tau) ^ 2) in *.
  destruct (Rtotal_order slope 0) as [Hs|[Hs|Hs]]; [right; exact Hs | left | left].
  - destruct (Rle_lt_dec 0 room) as [Hr|Hr]; [left | right; left]; intros eps; rewrite C, Hs, Rmult_0_r; lra.
  - right. destruct (Rle_lt_dec room 0) as [Hr|Hr].
    + left. intros eps. rewrite C. pose proof (Rmult_lt_0_compat _ _ (exp_pos (- eps)) Hs). lra.
    + right. exists (- ln (room / slope)). intros eps. rewrite C. assert (Hq : 0 < room / slope) by (apply Rdiv_lt_0_compat; assumption).
      assert (Er : room = room / slope * slope) by (field; lra). split; intros H.
      * rewrite Er in H. apply Rmult_le_reg_r in H; [|exact Hs]. apply ln_le in H; [|apply exp_pos]. rewrite ln_exp in H. lra.
      * rewrite Er. apply Rmult_le_compat_r; [lra|]. rewrite <- (exp_ln (room / slope)) by exact Hq. apply exp_le. lra.
Qed.
(* a negative slope: the condition always holds, as M (a_1 + a_3) > 4 m E^2 a_3 makes room positive *)
Lemma from_somewhere tau a1 a3 m M : 0 < tau -> 0 < m -> m <= M -> 0 < a1 -> a1 <= a3 -> from_some_point (fun eps => merging_condition tau eps a1 a3 m M).
Proof.
  intros Ht Hm HmM H1 H13. destruct (condition_somewhere tau a1 a3 m M Hm ltac:(lra)) as [H|H]; [exact H | left]. intros eps. apply condition_linear; [exact Hm | lra|].
  assert (HE : 1 < exp (/ tau)) by (rewrite <- exp_0; apply exp_increasing, Rinv_0_lt_compat, Ht). set (x := exp (/ tau) ^ 2) in *. assert (Hx : 1 < x) by (unfold x; clear - HE; nra).
  assert (L : exp (- eps) * (x * (4 * m * x * a3 - M * a3 - M * a1)) <= 0) by (pose proof (Rmult_lt_compat_l _ _ _ (exp_pos (- eps)) H); lra).
  assert (Hn : 4 * m * x * a3 - M * a3 - M * a1 < 0) by (clear - H Hx; nra). assert (M * a1 <= M * a3) by (apply Rmult_le_compat_l; lra).
  assert (B : 2 * m * x < M). { apply (Rmult_lt_reg_r a3); [lra|]. lra. }
  assert (4 * m * (2 * m * x) <= 4 * m * M) by (apply Rmult_le_compat_l; lra). assert (M * (2 * m * x) <= M * M) by (apply Rmult_le_compat_l; lra).
  assert (m * M * 1 <= m * M * x) by (apply Rmult_le_compat_l; [apply Rmult_le_pos|]; lra). assert (0 < m * M) by (apply Rmult_lt_0_compat; lra). lra.
Qed.
(* at high temperatures, x near 1: strict at x = 1 and eps = 0 *)
Lemma high_always a1 a3 m M : 2 <= m -> 2 * m < M -> 0 < a1 -> a1 <= a3 -> 8 * m * m + 4 * m * a3 < M * (a1 + a3 + 3 * m + M) ->
  exists high, 0 < high /\ forall tau eps, high <= tau -> 0 <= eps -> merging_condition tau eps a1 a3 m M.
Proof.
  intros Hm HM H1 H13 Hg. set (g := M * (a1 + a3 + 3 * m + M) - 8 * m * m - 4 * m * a3). assert (Hg0 : 0 < g) by (unfold g; lra).
  set (c := 12 * m * a3 + 8 * m * m). assert (Hc : 0 < c) by (unfold c; assert (0 < m * a3) by (apply Rmult_lt_0_compat; lra); assert (0 < m * m) by (apply Rmult_lt_0_compat; lra); lra).
  set (delta := Rmin 1 (g / c)). assert (Hd : 0 < delta) by (apply Rmin_pos; [lra | apply Rdiv_lt_0_compat; assumption]).
  assert (Hd1 : delta <= 1) by apply Rmin_l. assert (Hdg : c * delta <= g). { assert (delta <= g / c) by apply Rmin_r. apply (Rmult_le_compat_l c) in H; [|lra]. replace (c * (g / c)) with g in H by (field; lra). exact H. }
  assert (Hl : 0 < ln (1 + delta)) by (rewrite <- ln_1; apply ln_increasing; lra).
  exists (2 / ln (1 + delta)). split; [apply Rdiv_lt_0_compat; lra|]. intros tau eps Ht He.
  assert (Ht0 : 0 < tau) by (eapply Rlt_le_trans; [|exact Ht]; apply Rdiv_lt_0_compat; lra).
  assert (HE : 1 < exp (/ tau)) by (rewrite <- exp_0; apply exp_increasing, Rinv_0_lt_compat, Ht0).
  assert (Hx : exp (/ tau) ^ 2 <= 1 + delta).
  { replace (exp (/ tau) ^ 2) with (exp (2 / tau)) by (replace (2 / tau) with (/ tau + / tau) by (unfold Rdiv; ring); rewrite exp_plus; ring).
    rewrite <- (exp_ln (1 + delta)) by lra. apply exp_le. apply (Rmult_le_reg_r tau); [exact Ht0|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
    apply (Rmult_le_compat_r (ln (1 + delta))) in Ht; [|lra]. unfold Rdiv in Ht. rewrite Rmult_assoc, Rinv_l in Ht by lra. lra. }
  apply condition_linear; [lra | lra|]. assert (Hx1 : 1 < exp (/ tau) ^ 2) by (clear - HE; nra). set (x := exp (/ tau) ^ 2) in *.
  assert (Hq : exp (- eps) <= 1) by (rewrite <- exp_0; apply exp_le; lra). pose proof (exp_pos (- eps)) as Hq0. set (q := exp (- eps)) in *. clearbody x q.
  set (u := x - 1). assert (Hu : 0 < u <= 1) by (unfold u; lra). assert (Ex : x = 1 + u) by (unfold u; ring).
  (* at q = 1 *)
  assert (At1 : x * (4 * m * x * a3 - M * a3 - M * a1) <= M * (2 * m + m * x + M) - 8 * m * m * x).
  { assert (C : c * u <= g) by (eapply Rle_trans; [apply Rmult_le_compat_l; [lra | unfold u; apply Rplus_le_reg_r with 1; replace (x - 1 + 1) with x by ring; rewrite Rplus_comm in Hx; exact Hx] | exact Hdg]).
    unfold c, g in C. assert (0 < m * a3) by (apply Rmult_lt_0_compat; lra). assert (m * a3 * (u * u) <= m * a3 * u) by (apply Rmult_le_compat_l; [lra | clear - Hu; nra]).
    assert (0 <= M * (a3 + a1 + m) * u) by (apply Rmult_le_pos; [apply Rmult_le_pos|]; lra). rewrite Ex. lra. }
  destruct (Rle_lt_dec (x * (4 * m * x * a3 - M * a3 - M * a1)) 0) as [Hs|Hs].
  - assert (q * (x * (4 * m * x * a3 - M * a3 - M * a1)) <= 0) by (apply (Rmult_le_compat_l q) in Hs; [|lra]; lra).
    assert (0 <= M * (2 * m + m * x + M) - 8 * m * m * x); [|lra].
    destruct (Rle_lt_dec 0 (M * (2 * m + m * x + M) - 8 * m * m * x)) as [|Hr]; [assumption | exfalso].
    assert (4 * m * x * a3 <= M * (a3 + a1)).
    { destruct (Rle_lt_dec (4 * m * x * a3) (M * (a3 + a1))) as [|Hb]; [assumption | exfalso]. assert (0 < x * (4 * m * x * a3 - M * a3 - M * a1)) by (apply Rmult_lt_0_compat; lra). lra. }
    assert (B : 2 * m * x <= M). { apply (Rmult_le_reg_r a3); [lra|]. assert (M * a1 <= M * a3) by (apply Rmult_le_compat_l; lra). lra. }
    assert (4 * m * (2 * m * x) <= 4 * m * M) by (apply Rmult_le_compat_l; lra). assert (M * (2 * m * x) <= M * M) by (apply Rmult_le_compat_l; lra).
    assert (m * M * 1 <= m * M * x) by (apply Rmult_le_compat_l; [apply Rmult_le_pos|]; lra). assert (0 < m * M) by (apply Rmult_lt_0_compat; lra). lra.
  - eapply Rle_trans; [|exact At1]. rewrite <- (Rmult_1_l (x * (4 * m * x * a3 - M * a3 - M * a1))) at 2. apply Rmult_le_compat_r; lra.
Qed.

(* and a large enough third class merges them at every eps *)
Lemma large_always tau eps a1 a3 m M : 0 < m -> 0 < a1 -> 0 < a3 -> 0 < M -> 4 * m * exp (/ tau) ^ 2 <= M -> merging_condition tau eps a1 a3 m M.
Proof.
  intros Hm H1 H3 HM H. unfold merging_condition. assert (HE : 0 < exp (/ tau)) by apply exp_pos. set (E := exp (/ tau)) in *. pose proof (exp_pos (- eps)) as P.
  assert (B1 : 0 < a1 * E * exp (- eps)) by (repeat apply Rmult_lt_0_compat; assumption). assert (B3 : 0 < a3 * E * exp (- eps)) by (repeat apply Rmult_lt_0_compat; assumption).
  assert (B4 : 0 < m * E) by (apply Rmult_lt_0_compat; assumption). assert (B5 : 0 < M / E) by (apply Rdiv_lt_0_compat; assumption). assert (B6 : 0 < 2 * m / E) by (apply Rdiv_lt_0_compat; lra).
  assert (0 < (a1 * E * exp (- eps) + m * E + M / E) / (a3 * E * exp (- eps) + 2 * m / E)) by (apply Rdiv_lt_0_compat; lra). nra.
Qed.

Theorem A21_proved : A21_statement.
Proof.
  intros tau eps m M n d y z Ht Hs Hcl Hd merges. assert (Hm : 2 <= INR m) by (apply (le_INR 2); lia). assert (HM : INR m <= INR M) by (apply le_INR; lia).
  assert (HE : 1 < exp (/ tau)) by (rewrite <- exp_0; apply exp_increasing, Rinv_0_lt_compat, Ht). assert (HE2 : 1 < exp (/ tau) ^ 2) by nra.
  pose proof (exp_pos (- eps)) as Hq. split; [|split; [|split; [|split; [|split]]]].
  - intros Hz. apply (merging (eps_sup_infonce eps) (F_infonce eps) 1 1 eps tau m M n d y z (infonce_shape eps)); try assumption; try lra.
    intros l Y Hl HY. unfold F_infonce. rewrite map_repeat, mean_repeat by (destruct (l =? 2)%nat; lia). destruct (l =? 2)%nat; rewrite Rmult_1_l; reflexivity.
  - intros Hz. apply (merging (eps_sup_con eps) (F_supcon eps) (INR m - 1) (INR M - 1) eps tau m M n d y z (supcon_shape eps)); try assumption; try lra.
    intros l Y Hl HY. unfold F_supcon. rewrite sum_exp_repeat, mean_repeat by (destruct (l =? 2)%nat; lia). rewrite minus_INR by (destruct (l =? 2)%nat; lia). simpl (INR 1).
    assert (G : forall k, 1 < k -> ln ((k - 1) * exp (/ tau) * exp (- eps) + Y) - / tau = ln ((k - 1) * exp (- eps) + Y * exp (- / tau))).
    { intros k Hk. pose proof (exp_pos (/ tau)). rewrite <- ln_mult_exp by (apply Rplus_lt_0_compat; [repeat apply Rmult_lt_0_compat; lra | exact HY]). f_equal. rewrite Rmult_plus_distr_r. f_equal.
      replace ((k - 1) * exp (/ tau) * exp (- eps) * exp (- / tau)) with ((k - 1) * exp (- eps) * (exp (/ tau) * exp (- / tau))) by ring. rewrite exp_inverse. ring. }
    destruct (l =? 2)%nat; apply G; lra.
  - apply from_somewhere; lra.
  - apply from_somewhere; lra.
  - intros Hnear. split; apply near_never; lra.
  - split; [intros Hlarge; split; apply large_always; try assumption; lra|]. intros Hbig.
    assert (HB : 2 * INR m < INR M) by (rewrite <- (mult_INR 2); apply lt_INR; exact Hbig).
    destruct (high_always 1 1 (INR m) (INR M)) as (h1 & P1 & C1); [lra | lra | lra | lra | |].
    { assert (2 * INR m * INR M <= INR M * INR M) by (apply Rmult_le_compat_r; lra). assert (INR m * (2 * INR m) <= INR m * INR M) by (apply Rmult_le_compat_l; lra). assert (2 * INR m <= INR m * INR m) by (apply Rmult_le_compat_r; lra). lra. }
    destruct (high_always (INR m - 1) (INR M - 1) (INR m) (INR M)) as (h2 & P2 & C2); [lra | lra | lra | lra | |].
    { assert (0 < (INR M - 2 * INR m) * (INR M + 2 * INR m - 1)) by (apply Rmult_lt_0_compat; lra). lra. }
    exists (Rmax h1 h2). split; [eapply Rlt_le_trans; [exact P1 | apply Rmax_l]|]. intros tau' eps' Ht' He'.
    split; [apply C1 | apply C2]; try assumption; eapply Rle_trans; [apply Rmax_l | exact Ht' | apply Rmax_r | exact Ht'].
Qed.
