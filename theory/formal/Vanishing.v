(* A vanishing minority tends to unit vector h if h meets the optimality condition of the limit loss. *)
From Coquelicot Require Import Coquelicot.
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Logits Vectors Linear Duality Population Strong.
Open Scope R_scope.

Lemma lipschitz_at_0 (phi : R -> R) : ex_derive phi 0 -> exists C s0, 0 <= C /\ 0 < s0 /\ forall s, 0 < s < s0 -> Rabs (phi s - phi 0) <= C * s.
Proof.
  intros [l Hl]. apply is_derive_Reals in Hl. destruct (Hl 1 Rlt_0_1) as [delta Hd]. exists (Rabs l + 1), delta.
  pose proof (Rabs_pos l). pose proof (cond_pos delta). repeat split; [lra | lra|]. intros s Hs.
  specialize (Hd s ltac:(lra) ltac:(rewrite Rabs_right by lra; lra)). rewrite Rplus_0_l in Hd.
  assert (Rabs ((phi s - phi 0) / s) <= Rabs l + 1).
  { replace ((phi s - phi 0) / s) with ((phi s - phi 0) / s - l + l) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
  unfold Rdiv in H1. rewrite Rabs_mult, (Rabs_right (/ s)) in H1 by (apply Rle_ge; left; apply Rinv_0_lt_compat; lra).
  apply (Rmult_le_compat_r s) in H1; [|lra]. rewrite Rmult_assoc, Rinv_l in H1 by lra. lra.
Qed.
Lemma common n (P : nat -> R -> R -> Prop) : (forall i C C' s s', P i C s -> C <= C' -> s' <= s -> P i C' s') ->
  (forall i, (i < n)%nat -> exists C s, 0 <= C /\ 0 < s /\ P i C s) -> exists C s, 0 <= C /\ 0 < s /\ forall i, (i < n)%nat -> P i C s.
Proof.
  intros Hmono. induction n as [|n IH]; intros H; [exists 0, 1; repeat split; try lra; intros; lia|].
  destruct IH as (C & s & HC & Hs & HP); [intros; apply H; lia|]. destruct (H n ltac:(lia)) as (C' & s' & HC' & Hs' & HP').
  exists (Rmax C C'), (Rmin s s'). split; [eapply Rle_trans; [exact HC | apply Rmax_l]|]. split; [apply Rmin_pos; assumption|].
  intros i Hi. destruct (Nat.eq_dec i n) as [->|Hne].
  - apply (Hmono n C' _ s'); [exact HP' | apply Rmax_r | apply Rmin_r].
  - apply (Hmono i C _ s); [apply HP; lia | apply Rmax_l | apply Rmin_l].
Qed.
Lemma lipschitz_all n (phi : nat -> R -> R) : (forall i, (i < n)%nat -> ex_derive (phi i) 0) ->
  exists C s0, 0 <= C /\ 0 < s0 /\ forall i, (i < n)%nat -> forall s, 0 < s < s0 -> Rabs (phi i s - phi i 0) <= C * s.
Proof.
  intros H. apply (common n (fun i C s0 => forall s, 0 < s < s0 -> Rabs (phi i s - phi i 0) <= C * s)).
  - intros i C C' s s' HP HC Hs t Ht. eapply Rle_trans; [apply HP; lra | apply Rmult_le_compat_r; lra].
  - intros i Hi. apply lipschitz_at_0, H, Hi.
Qed.
Lemma lipschitz_all2 n (phi : nat -> nat -> R -> R) : (forall i j, (i < n)%nat -> (j < n)%nat -> ex_derive (phi i j) 0) ->
  exists C s0, 0 <= C /\ 0 < s0 /\ forall i j, (i < n)%nat -> (j < n)%nat -> forall s, 0 < s < s0 -> Rabs (phi i j s - phi i j 0) <= C * s.
Proof.
  intros H. destruct (common n (fun i C s0 => forall j, (j < n)%nat -> forall s, 0 < s < s0 -> Rabs (phi i j s - phi i j 0) <= C * s)) as (C & s0 & HC & Hs & HP).
  - intros i C C' s s' HP HC Hs j Hj t Ht. eapply Rle_trans; [apply HP; [exact Hj | lra] | apply Rmult_le_compat_r; lra].
  - intros i Hi. apply lipschitz_all. intros j Hj. apply H; assumption.
  - exists C, s0. repeat split; try assumption. intros i j Hi Hj. apply HP; assumption.
Qed.
Lemma bounded n (b : nat -> R) : exists B, 0 <= B /\ forall i, (i < n)%nat -> Rabs (b i) <= B.
Proof.
  exists (sum n (fun i => Rabs (b i))). split; [apply sum_nonneg; intros; apply Rabs_pos|]. intros i Hi.
  rewrite <- (sum_indicator n i (fun i => Rabs (b i)) Hi) at 1. apply sum_le. intros j _. destruct (i =? j)%nat; [lra | apply Rabs_pos].
Qed.
Lemma smallest n (mu : nat -> R) : (forall i, (i < n)%nat -> 0 < mu i) -> exists nu, 0 < nu /\ forall i, (i < n)%nat -> nu <= mu i.
Proof.
  induction n as [|n IH]; intros H; [exists 1; split; [lra | intros; lia]|]. destruct IH as (nu & Hn & HP); [intros; apply H; lia|].
  exists (Rmin nu (mu n)). split; [apply Rmin_pos; [exact Hn | apply H; lia]|]. intros i Hi. destruct (Nat.eq_dec i n) as [->|Hne]; [apply Rmin_r|].
  eapply Rle_trans; [apply Rmin_l | apply HP; lia].
Qed.
Lemma dot_lower d x y : on_sphere d x -> - sqrt (dot d y y) <= dot d x y.
Proof.
  intros Hx. set (q := dot d y y). assert (Hq : 0 <= q) by apply dot_nonneg.
  assert (F : forall t, 0 <= t * t + 2 * t * dot d x y + q).
  { intros t. replace (t * t + 2 * t * dot d x y + q) with (dot d (fun c => t * x c + y c) (fun c => t * x c + y c)); [apply dot_nonneg|].
    transitivity (t * t * dot d x x + 2 * t * dot d x y + q); [|rewrite Hx; ring]. unfold q, dot. rewrite <- !sum_scal, <- !sum_plus. apply sum_ext. intros; ring. }
  set (r := sqrt q). assert (Hr : r * r = q) by (apply sqrt_sqrt, Hq). assert (Hr0 : 0 <= r) by apply sqrt_pos.
  destruct (Req_dec r 0) as [E|E].
  - specialize (F (- dot d x y)). rewrite E in *. nra.
  - specialize (F r). assert (0 < r) by lra. assert (0 <= r + dot d x y) by (apply (Rmult_le_reg_l (2 * r)); lra). lra.
Qed.

Section Vanishing.
  Variables (L D : nat) (tau : R) (mu : nat -> R) (alpha : nat -> nat -> R) (links : nat -> R) (p0 : R) (u : nat -> vector) (h : vector).
  Hypotheses (Ht : 0 < tau) (Hm : block_model L mu alpha) (Hlinks : forall l, (l < L)%nat -> 0 <= links l)
    (Hsome : exists l, (l < L)%nat /\ 0 < links l) (Hp0 : 0 <= p0) (Hu : unit_vectors L D u) (Hh : on_sphere D h).
  Let H := gram D u.
  Let g l := dot D h (u l).
  Let zeta k := partition L tau mu H k.
  Let delta k := degree L mu alpha k.
  Let zL := sum L (fun l => mu l * exp (g l / tau)).
  Let dL := sum L (fun l => links l * mu l).
  (* the limit loss's derivative in g_l, at h *)
  Definition limit_gradient (l : nat) : R := mu l / (2 * tau) * (exp (g l / tau) * (/ zL + / zeta l) - links l * (/ dL + / delta l)).
  Notation beta := limit_gradient.
  Hypothesis HS : forall x, 0 <= quad L (pop_dual L tau mu alpha H) x.
  Hypothesis Hkkt : sum L (fun l => beta l * g l) + sqrt (quad L H beta) <= 0.

  Let Hmu := proj1 Hm.
  Let Hmu1 := proj1 (proj2 Hm).
  Let Hal := proj1 (proj2 (proj2 Hm)).
  Lemma majorities_some : (0 < L)%nat. Proof. exact (blocks_pos L mu Hmu1). Qed.
  Lemma zeta_pos l : (l < L)%nat -> 0 < zeta l. Proof. apply (partition_pos L tau mu Hmu Hmu1). Qed.
  Lemma delta_pos l : (l < L)%nat -> 0 < delta l. Proof. apply (model_degree L mu alpha l Hm). Qed.
  Lemma zL_pos : 0 < zL.
  Proof. apply sum_pos; [apply majorities_some | intros l Hl; apply Rmult_lt_0_compat; [apply Hmu, Hl | apply exp_pos]]. Qed.
  Lemma dL_pos : 0 < dL.
  Proof.
    destruct Hsome as (l & Hl & Hll). apply (sum_pos_one L _ l); [|exact Hl | apply Rmult_lt_0_compat; [exact Hll | apply Hmu, Hl]].
    intros i Hi. apply Rmult_le_pos; [apply Hlinks, Hi | left; apply Hmu, Hi].
  Qed.
  Definition with_minority (k : nat) : vector := if (k =? L)%nat then h else u k.
  Let w := with_minority.
  Let Gs := gram D w.
  Lemma w_unit : unit_vectors (S L) D w.
  Proof. intros k Hk. unfold w, with_minority. destruct (Nat.eqb_spec k L) as [->|Hne]; [exact Hh | apply Hu; lia]. Qed.
  Lemma below k : (k < L)%nat -> (k =? L)%nat = false. Proof. intros Hk. apply Nat.eqb_neq. lia. Qed.
  Lemma Gs_maj k l : (k < L)%nat -> (l < L)%nat -> Gs k l = H k l.
  Proof. intros Hk Hl. unfold Gs, gram, w, with_minority. rewrite !below by assumption. reflexivity. Qed.
  Lemma Gs_min l : (l < L)%nat -> Gs L l = g l.
  Proof. intros Hl. unfold Gs, gram, w, with_minority. rewrite Nat.eqb_refl, below by assumption. reflexivity. Qed.

  Definition Zf l s := (1 - s) * zeta l + s * exp (g l / tau).
  Definition df l s := (1 - s) * delta l + s * links l.
  Definition ZL s := (1 - s) * zL + s * exp (/ tau).
  Definition dLf s := (1 - s) * dL + s * p0.
  Definition majority_gradient k l s := (1 - s) * (1 - s) * (mu k * mu l) / (2 * tau) * (exp (H k l / tau) * (/ Zf k s + / Zf l s) - alpha k l * (/ df k s + / df l s)).
  Definition link_gradient l s := (1 - s) * mu l / (2 * tau) * (exp (g l / tau) * (/ ZL s + / Zf l s) - links l * (/ dLf s + / df l s)).
  Lemma link_0 l : (l < L)%nat -> link_gradient l 0 = beta l.
  Proof. intros Hl. unfold link_gradient, limit_gradient, ZL, Zf, dLf, df. rewrite !Rmult_0_l, !Rminus_0_r, !Rplus_0_r, !Rmult_1_l. reflexivity. Qed.
  Lemma majority_0 k l : (k < L)%nat -> (l < L)%nat -> majority_gradient k l 0 = pop_grad L tau mu alpha H k l.
  Proof.
    intros Hk Hl. rewrite (pop_grad_formula L tau mu alpha Ht Hmu Hmu1) by (assumption || apply gram_sym || (apply Hal; assumption) || (apply delta_pos; assumption)).
    unfold majority_gradient, Zf, df. rewrite !Rmult_0_l, !Rminus_0_r, !Rplus_0_r, !Rmult_1_l. reflexivity.
  Qed.

  Section Share.
    Variable s : R.
    Hypothesis Hs : 0 < s < 1.
    Let pi := minority_shares L mu s.
    Let A := minority_graph L alpha links p0.
    Lemma pi_maj k : (k < L)%nat -> pi k = (1 - s) * mu k. Proof. intros Hk. unfold pi, minority_shares. rewrite below by exact Hk. reflexivity. Qed.
    Lemma pi_min : pi L = s. Proof. unfold pi, minority_shares. rewrite Nat.eqb_refl. reflexivity. Qed.
    Lemma pi_pos k : (k < S L)%nat -> 0 < pi k.
    Proof.
      intros Hk. destruct (Nat.eq_dec k L) as [->|Hne]; [rewrite pi_min; lra | rewrite pi_maj by lia]. apply Rmult_lt_0_compat; [lra | apply Hmu; lia].
    Qed.
    Lemma split_sum f : sum (S L) (fun l => pi l * f l) = (1 - s) * sum L (fun l => mu l * f l) + s * f L.
    Proof.
      cbn [sum]. rewrite pi_min. f_equal. rewrite <- sum_scal. apply sum_ext. intros l Hl. rewrite pi_maj by exact Hl. ring.
    Qed.
    Lemma pi_1 : sum (S L) pi = 1.
    Proof. rewrite (sum_ext (S L) pi (fun l => pi l * 1)) by (intros; ring). rewrite split_sum. rewrite (sum_ext L _ mu) by (intros; ring). rewrite Hmu1. ring. Qed.
    Lemma part_maj k : (k < L)%nat -> partition (S L) tau pi Gs k = Zf k s.
    Proof.
      intros Hk. unfold partition. rewrite (split_sum (fun l => exp (Gs k l / tau))). unfold Zf. f_equal.
      - f_equal. apply sum_ext. intros l Hl. rewrite Gs_maj by assumption. reflexivity.
      - do 3 f_equal. unfold Gs. rewrite gram_sym. apply Gs_min, Hk.
    Qed.
    Lemma part_min : partition (S L) tau pi Gs L = ZL s.
    Proof.
      unfold partition. rewrite (split_sum (fun l => exp (Gs L l / tau))). unfold ZL. f_equal.
      - f_equal. apply sum_ext. intros l Hl. rewrite Gs_min by assumption. reflexivity.
      - do 2 f_equal. replace (Gs L L) with 1 by (symmetry; apply (w_unit L); lia). unfold Rdiv. ring.
    Qed.
    Lemma A_maj k l : (k < L)%nat -> (l < L)%nat -> A k l = alpha k l. Proof. intros Hk Hl. unfold A, minority_graph. rewrite !below by assumption. reflexivity. Qed.
    Lemma A_min l : (l < L)%nat -> A L l = links l /\ A l L = links l.
    Proof. intros Hl. unfold A, minority_graph. rewrite !Nat.eqb_refl, !below by assumption. split; reflexivity. Qed.
    Lemma deg_maj k : (k < L)%nat -> degree (S L) pi A k = df k s.
    Proof.
      intros Hk. unfold degree. rewrite (sum_ext (S L) _ (fun m => pi m * A k m)) by (intros; ring). rewrite (split_sum (A k)). unfold df. f_equal.
      - f_equal. apply sum_ext. intros l Hl. rewrite A_maj by assumption. ring.
      - f_equal. apply A_min, Hk.
    Qed.
    Lemma deg_min : degree (S L) pi A L = dLf s.
    Proof.
      unfold degree. rewrite (sum_ext (S L) _ (fun m => pi m * A L m)) by (intros; ring). rewrite (split_sum (A L)). unfold dLf. f_equal.
      - f_equal. apply sum_ext. intros l Hl. destruct (A_min l Hl) as [-> _]. ring.
      - f_equal. unfold A, minority_graph. rewrite Nat.eqb_refl. reflexivity.
    Qed.
    Lemma df_pos k : (k < L)%nat -> 0 < df k s.
    Proof. intros Hk. unfold df. pose proof (delta_pos k Hk). pose proof (Hlinks k Hk). apply Rplus_lt_le_0_compat; [apply Rmult_lt_0_compat | apply Rmult_le_pos]; lra. Qed.
    Lemma dLf_pos : 0 < dLf s.
    Proof. unfold dLf. pose proof dL_pos. apply Rplus_lt_le_0_compat; [apply Rmult_lt_0_compat | apply Rmult_le_pos]; lra. Qed.
    Notation Dg := (pop_grad (S L) tau pi A Gs).
    Lemma grad_maj k l : (k < L)%nat -> (l < L)%nat -> Dg k l = majority_gradient k l s.
    Proof.
      intros Hk Hl. rewrite (pop_grad_formula (S L) tau pi A Ht pi_pos pi_1);
        [| lia | lia | apply gram_sym | rewrite !A_maj by assumption; apply Hal; assumption | rewrite deg_maj by exact Hk; apply df_pos, Hk | rewrite deg_maj by exact Hl; apply df_pos, Hl].
      rewrite !part_maj, !deg_maj, !pi_maj, Gs_maj, A_maj by assumption. unfold majority_gradient, Rdiv. ring.
    Qed.
    Lemma grad_min l : (l < L)%nat -> Dg L l = s * link_gradient l s.
    Proof.
      intros Hl. destruct (A_min l Hl) as [E1 E2]. rewrite (pop_grad_formula (S L) tau pi A Ht pi_pos pi_1);
        [| lia | lia | apply gram_sym | rewrite E1, E2; reflexivity | rewrite deg_min; apply dLf_pos | rewrite deg_maj by exact Hl; apply df_pos, Hl].
      rewrite part_min, part_maj, deg_min, deg_maj, pi_min, pi_maj, Gs_min, E1 by assumption. unfold link_gradient, Rdiv. ring.
    Qed.

    (* the basic inequality at vectors that do as well as w *)
    Variables (d : nat) (v : nat -> vector) (nu : R).
    Hypotheses (Hv : unit_vectors (S L) d v) (Hle : minority_loss L tau mu alpha links p0 s (gram d v) <= minority_loss L tau mu alpha links p0 s Gs + s * s)
      (Hnu : 0 < nu) (Hnumu : forall k, (k < L)%nat -> nu <= (1 - s) * mu k).
    Let E k l := gram d v k l - Gs k l.
    Lemma E_sym k l : E k l = E l k. Proof. unfold E, Gs. rewrite (gram_sym d v k l), (gram_sym D w k l). reflexivity. Qed.
    Lemma E_diag k : (k < S L)%nat -> E k k = 0.
    Proof. intros Hk. unfold E. replace (gram d v k k) with 1 by (symmetry; apply Hv, Hk). replace (Gs k k) with 1 by (symmetry; apply w_unit, Hk). ring. Qed.
    Lemma basic : sum2 L (fun k l => majority_gradient k l s * E k l) + 2 * s * sum L (fun l => link_gradient l s * E L l)
      + strength tau * (nu * nu) * (nu * sum2 L (fun k l => E k l * E k l) + s * sum L (fun l => E L l * E L l)) <= s * s.
    Proof.
      pose proof (strong_tangent (S L) tau pi A D w d v Ht pi_pos pi_1 w_unit Hv) as T. cbv zeta in T. fold Gs in T.
      unfold minority_loss in Hle. fold pi A in Hle. pose proof (strength_pos tau Ht) as Hsg.
      assert (I : inner (S L) Dg (fun k l => gram d v k l - Gs k l) = sum2 L (fun k l => majority_gradient k l s * E k l) + 2 * s * sum L (fun l => link_gradient l s * E L l)).
      { unfold inner. cbn [sum]. fold (E L L). rewrite (E_diag L) by lia.
        rewrite (sum_ext L (fun k => sum L (fun l => Dg k l * (gram d v k l - Gs k l)) + Dg k L * (gram d v k L - Gs k L))
          (fun k => sum L (fun l => majority_gradient k l s * E k l) + s * (link_gradient k s * E L k))).
        - rewrite sum_plus, sum_scal. rewrite (sum_ext L (fun l => Dg L l * (gram d v L l - Gs L l)) (fun l => s * (link_gradient l s * E L l))).
          + rewrite sum_scal. unfold sum2. ring.
          + intros l Hl. rewrite grad_min by exact Hl. unfold E. ring.
        - intros k Hk. f_equal; [apply sum_ext; intros l Hl; rewrite grad_maj by assumption; reflexivity|].
          unfold pop_grad. rewrite grad_sym. fold (pop_grad (S L) tau pi A). rewrite grad_min by exact Hk. fold (E k L). rewrite (E_sym k L). ring. }
      rewrite I in T.
      assert (Q : (nu * nu) * (nu * sum2 L (fun k l => E k l * E k l) + s * sum L (fun l => E L l * E L l))
        <= sum (S L) (fun k => pi k * pi k * sum (S L) (fun l => pi l * ((gram d v k l - Gs k l) * (gram d v k l - Gs k l))))).
      { cbn [sum]. fold (E L L).
        assert (R0 : 0 <= pi L * pi L * (sum L (fun l => pi l * ((gram d v L l - Gs L l) * (gram d v L l - Gs L l))) + pi L * (E L L * E L L))).
        { pose proof (pi_pos L ltac:(lia)). apply Rmult_le_pos; [nra|]. apply Rplus_le_le_0_compat; [|apply Rmult_le_pos; [lra | apply Rle_0_sqr]].
          apply sum_nonneg. intros l Hl. apply Rmult_le_pos; [left; apply pi_pos; lia | apply Rle_0_sqr]. }
        apply Rle_trans with (sum L (fun k => nu * nu * (nu * sum L (fun l => E k l * E k l) + s * (E L k * E L k)))).
        - rewrite sum_scal. apply Rmult_le_compat_l; [nra|]. rewrite sum_plus, !sum_scal. unfold sum2. lra.
        - eapply Rle_trans; [|apply Rplus_le_compat_l, R0]. rewrite Rplus_0_r. apply sum_le. intros k Hk. rewrite (pi_maj k Hk). pose proof (Hnumu k Hk) as Nk.
          fold (E k L). rewrite (E_sym k L), pi_min.
          assert (S1 : nu * sum L (fun l => E k l * E k l) <= sum L (fun l => pi l * ((gram d v k l - Gs k l) * (gram d v k l - Gs k l)))).
          { rewrite <- sum_scal. apply sum_le. intros l Hl. fold (E k l). rewrite (pi_maj l Hl). apply Rmult_le_compat_r; [apply Rle_0_sqr | apply Hnumu, Hl]. }
          assert (0 <= nu * sum L (fun l => E k l * E k l)) by (apply Rmult_le_pos; [lra | apply sum_nonneg; intros; apply Rle_0_sqr]).
          assert (0 <= s * (E L k * E L k)) by (apply Rmult_le_pos; [lra | apply Rle_0_sqr]).
          apply Rmult_le_compat; [nra | lra | nra | lra]. }
      apply (Rmult_le_compat_l (strength tau)) in Q; [|lra]. lra.
    Qed.
    (* majorities: <D(0), H' - H> >= 0; the minority: sum beta_l E_Ll >= - sqrt(sum |beta_k beta_l E_kl|) *)
    Lemma majority_part : 0 <= sum2 L (fun k l => majority_gradient k l 0 * E k l).
    Proof.
      assert (Hv' : unit_vectors L d v) by (intros k Hk; apply Hv; lia).
      pose proof (psd_inner L (pop_dual L tau mu alpha H) (gram d v) HS (gram_psd L d v)) as P.
      unfold pop_dual in P. rewrite inner_dual in P. fold (pop_grad L tau mu alpha) in P.
      replace (sum2 L (fun k l => majority_gradient k l 0 * E k l)) with (inner L (pop_grad L tau mu alpha H) (gram d v) - inner L (pop_grad L tau mu alpha H) H).
      - replace (inner L (pop_grad L tau mu alpha H) H) with (sum L (fun k => mult L tau mu (fun _ l => mu l) (pair_weight L mu alpha) H k * gram d v k k)); [lra|].
        unfold inner, mult. apply sum_ext. intros k Hk. replace (gram d v k k) with 1 by (symmetry; apply Hv', Hk). rewrite Rmult_1_r. reflexivity.
      - unfold inner. fold (sum2 L (fun k l => pop_grad L tau mu alpha H k l * gram d v k l)) (sum2 L (fun k l => pop_grad L tau mu alpha H k l * H k l)).
        rewrite <- sum2_minus. apply sum2_ext. intros k l Hk Hl. rewrite majority_0 by assumption. unfold E. rewrite Gs_maj by assumption. ring.
    Qed.
    Lemma minority_part B : 0 <= B -> (forall l, (l < L)%nat -> Rabs (beta l) <= B) ->
      - (B * sqrt (sum2 L (fun k l => Rabs (E k l)))) <= sum L (fun l => beta l * E L l).
    Proof.
      intros HB Hb. set (X := sum2 L (fun k l => Rabs (E k l))). assert (HX : 0 <= X) by (apply sum_nonneg; intros; apply sum_nonneg; intros; apply Rabs_pos).
      set (y := fun c => sum L (fun l => beta l * v l c)).
      assert (Y1 : sum L (fun l => beta l * gram d v L l) = dot d (v L) y).
      { unfold y, gram, dot. rewrite (sum_ext d (fun c => v L c * sum L (fun l => beta l * v l c)) (fun c => sum L (fun l => beta l * (v L c * v l c)))).
        - rewrite sum_swap. apply sum_ext. intros l Hl. rewrite sum_scal. reflexivity.
        - intros c Hc. rewrite <- sum_scal. apply sum_ext. intros; ring. }
      assert (Y2 : dot d y y = quad L (gram d v) beta).
      { unfold quad, gram, y, dot. rewrite (sum_ext d _ (fun c => sum L (fun k => sum L (fun l => v k c * v l c * (beta k * beta l))))).
        - rewrite (sum_swap d L). apply sum_ext. intros k Hk. rewrite (sum_swap d L). apply sum_ext. intros l Hl. apply sum_scal_r.
        - intros c Hc. rewrite <- sum_scal_r. apply sum_ext. intros k Hk. rewrite <- sum_scal. apply sum_ext. intros; ring. }
      pose proof (dot_lower d (v L) y (Hv L ltac:(lia))) as Lo. rewrite Y2, <- Y1 in Lo.
      assert (HH : 0 <= quad L H beta) by (apply (gram_psd L D u)).
      assert (Q : quad L (gram d v) beta <= quad L H beta + B * B * X).
      { unfold X. rewrite <- sum2_scal. unfold quad. fold (sum2 L (fun k l => gram d v k l * (beta k * beta l))) (sum2 L (fun k l => H k l * (beta k * beta l))).
        rewrite <- sum2_plus. apply sum_le. intros k Hk. apply sum_le. intros l Hl.
        replace (gram d v k l) with (H k l + E k l) by (unfold E; rewrite Gs_maj by assumption; ring).
        assert (E k l * (beta k * beta l) <= B * B * Rabs (E k l)).
        { eapply Rle_trans; [apply Rle_abs|]. rewrite !Rabs_mult, Rmult_comm. apply Rmult_le_compat_r; [apply Rabs_pos|].
          apply Rmult_le_compat; (apply Rabs_pos || apply Hb; assumption). }
        lra. }
      assert (Sq : sqrt (quad L (gram d v) beta) <= sqrt (quad L H beta) + B * sqrt X).
      { assert (HBX : 0 <= B * sqrt X) by (apply Rmult_le_pos; [exact HB | apply sqrt_pos]). pose proof (sqrt_pos (quad L H beta)) as S0.
        rewrite <- (sqrt_Rsqr (sqrt (quad L H beta) + B * sqrt X)) by lra. apply sqrt_le_1_alt. eapply Rle_trans; [exact Q|]. unfold Rsqr.
        pose proof (sqrt_sqrt _ HH). pose proof (sqrt_sqrt _ HX). nra. }
      rewrite (sum_ext L (fun l => beta l * E L l) (fun l => beta l * gram d v L l - beta l * g l)).
      - rewrite sum_minus. lra.
      - intros l Hl. unfold E. rewrite Gs_min by exact Hl. ring.
    Qed.
    Lemma E_2 k l : (k < S L)%nat -> (l < S L)%nat -> Rabs (E k l) <= 2.
    Proof.
      intros Hk Hl. pose proof (gram_bounds (S L) d v k l Hv Hk Hl). pose proof (gram_bounds (S L) D w k l w_unit Hk Hl). fold Gs in H1. apply Rabs_le. unfold E. lra.
    Qed.
  End Share.

  Lemma square_below e eps : 0 < eps -> e * e < eps * eps -> Rabs e < eps.
  Proof.
    intros He H2. destruct (Rlt_le_dec (Rabs e) eps) as [|Hle]; [assumption | exfalso].
    assert (E2 : Rabs e * Rabs e = e * e) by (rewrite <- Rabs_mult; apply Rabs_right, Rle_ge, Rle_0_sqr). nra.
  Qed.
  Theorem vanishing eps : 0 < eps -> exists s0, 0 < s0 /\ forall s d v, 0 < s < s0 -> unit_vectors (S L) d v ->
    minority_loss L tau mu alpha links p0 s (gram d v) <= minority_loss L tau mu alpha links p0 s Gs + s * s ->
    (forall l, (l < L)%nat -> Rabs (gram d v L l - g l) < eps) /\ (forall k l, (k < L)%nat -> (l < L)%nat -> Rabs (gram d v k l - H k l) < eps).
  Proof.
    intros Heps. pose proof zL_pos as HzL. pose proof dL_pos as HdL.
    destruct (lipschitz_all2 L (fun k l s => majority_gradient k l s)) as (Cm & sm & HCm & Hsm & Lm).
    { intros k l Hk Hl. pose proof (zeta_pos k Hk). pose proof (zeta_pos l Hl). pose proof (delta_pos k Hk). pose proof (delta_pos l Hl).
      unfold majority_gradient, Zf, df. auto_derive. repeat split; lra. }
    destruct (lipschitz_all L (fun l s => link_gradient l s)) as (Cl & sl & HCl & Hsl & Ll).
    { intros l Hl. pose proof (zeta_pos l Hl). pose proof (delta_pos l Hl). unfold link_gradient, ZL, Zf, dLf, df. auto_derive. repeat split; lra. }
    destruct (smallest L (fun k => mu k / 2)) as (nu & Hnu & Hnumu). { intros k Hk. pose proof (Hmu k Hk). lra. }
    destruct (bounded L beta) as (B & HB & Hb).
    set (N := INR L). assert (HN : 1 <= N) by (apply (le_INR 1); pose proof majorities_some; lia).
    pose proof (strength_pos tau Ht) as Hkap. set (kap := strength tau) in *.
    set (Q1 := 2 * Cm * (N * N) + 4 * B * N + 4 * Cl * N + 1). assert (HQ1 : 0 <= Q1) by (unfold Q1; assert (0 <= Cm * (N * N)) by nra; nra).
    set (k3 := kap * (nu * nu) * nu). assert (Hk3 : 0 < k3) by (apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat; [exact Hkap | apply Rmult_lt_0_compat; exact Hnu] | exact Hnu]).
    set (q2 := sqrt (Q1 / k3)). assert (Hq2 : 0 <= q2) by apply sqrt_pos. assert (Hq22 : q2 * q2 = Q1 / k3) by (apply sqrt_sqrt, Rmult_le_pos; [exact HQ1 | left; apply Rinv_0_lt_compat, Hk3]).
    set (q3 := sqrt q2). assert (Hq3 : 0 <= q3) by apply sqrt_pos. assert (Hq33 : q3 * q3 = q2) by (apply sqrt_sqrt, Hq2).
    set (A := Cm * (N * N * q2) + 2 * B * (N * q3) + 4 * Cl * N + 1).
    assert (HA : 0 <= A).
    { unfold A. assert (0 <= N * N * q2) by (apply Rmult_le_pos; nra). assert (0 <= N * q3) by nra.
      assert (0 <= Cm * (N * N * q2)) by (apply Rmult_le_pos; assumption). assert (0 <= B * (N * q3)) by (apply Rmult_le_pos; assumption). nra. }
    set (k2 := kap * (nu * nu)). assert (Hk2 : 0 < k2) by (apply Rmult_lt_0_compat; [exact Hkap | apply Rmult_lt_0_compat; exact Hnu]).
    set (theta := Rmin 1 (Rmin (k2 * (eps * eps) / (A + 1)) (eps / (q2 + 1)))).
    assert (Hth : 0 < theta). { unfold theta. repeat apply Rmin_pos; [lra | apply Rdiv_lt_0_compat; [apply Rmult_lt_0_compat; [exact Hk2 | nra] | lra] | apply Rdiv_lt_0_compat; lra]. }
    assert (Hth1 : theta <= 1) by apply Rmin_l.
    assert (Hth2 : theta * (A + 1) <= k2 * (eps * eps)).
    { assert (T : theta <= k2 * (eps * eps) / (A + 1)) by (eapply Rle_trans; [apply Rmin_r | apply Rmin_l]).
      apply (Rmult_le_compat_r (A + 1)) in T; [|lra]. unfold Rdiv in T. rewrite Rmult_assoc, Rinv_l in T by lra. lra. }
    assert (Hth3 : theta * (q2 + 1) <= eps).
    { assert (T : theta <= eps / (q2 + 1)) by (eapply Rle_trans; [apply Rmin_r | apply Rmin_r]).
      apply (Rmult_le_compat_r (q2 + 1)) in T; [|lra]. unfold Rdiv in T. rewrite Rmult_assoc, Rinv_l in T by lra. lra. }
    exists (Rmin (theta * theta * (theta * theta)) (Rmin (Rmin sm sl) (/ 2))).
    split; [repeat apply Rmin_pos; try assumption; try lra; repeat apply Rmult_lt_0_compat; assumption|].
    intros s d v [Hs0 Hs] Hv Hle.
    assert (S1 : s < theta * theta * (theta * theta)) by (eapply Rlt_le_trans; [exact Hs | apply Rmin_l]).
    assert (S2 : s < sm) by (eapply Rlt_le_trans; [exact Hs | eapply Rle_trans; [apply Rmin_r | eapply Rle_trans; [apply Rmin_l | apply Rmin_l]]]).
    assert (S3 : s < sl) by (eapply Rlt_le_trans; [exact Hs | eapply Rle_trans; [apply Rmin_r | eapply Rle_trans; [apply Rmin_l | apply Rmin_r]]]).
    assert (S4 : s < / 2) by (eapply Rlt_le_trans; [exact Hs | eapply Rle_trans; [apply Rmin_r | apply Rmin_r]]).
    set (r := sqrt (sqrt s)). assert (Hrr : r * r = sqrt s) by (apply sqrt_sqrt, sqrt_pos). assert (Hss : sqrt s * sqrt s = s) by (apply sqrt_sqrt; lra).
    assert (Hr : 0 < r) by (apply sqrt_lt_R0, sqrt_lt_R0, Hs0).
    assert (Hr2 : r * r * (r * r) = s) by (rewrite Hrr; exact Hss).
    assert (Hrth : r < theta). { destruct (Rlt_le_dec r theta) as [|Hge]; [assumption | exfalso]. assert (theta * theta * (theta * theta) <= r * r * (r * r)) by (clear - Hge Hth; assert (theta * theta <= r * r) by nra; nra). lra. }
    assert (Hnu' : forall k, (k < L)%nat -> nu <= (1 - s) * mu k).
    { intros k Hk. pose proof (Hnumu k Hk). pose proof (Hmu k Hk). cbv beta in H0. nra. }
    pose proof (basic s ltac:(lra) d v nu Hv Hle Hnu Hnu') as Ba. pose proof (majority_part d v Hv) as Ma. pose proof (minority_part s ltac:(lra) d v Hv B HB Hb) as Mi.
    cbv beta in Ba, Ma, Mi. pose proof (E_2 d v Hv) as E2. cbv beta in E2.
    set (E := fun k l => gram d v k l - Gs k l).
    change (sum2 L (fun k l => majority_gradient k l s * E k l) + 2 * s * sum L (fun l => link_gradient l s * E L l)
      + kap * (nu * nu) * (nu * sum2 L (fun k l => E k l * E k l) + s * sum L (fun l => E L l * E L l)) <= s * s) in Ba.
    change (0 <= sum2 L (fun k l => majority_gradient k l 0 * E k l)) in Ma.
    change (- (B * sqrt (sum2 L (fun k l => Rabs (E k l)))) <= sum L (fun l => beta l * E L l)) in Mi.
    change (forall k l, (k < S L)%nat -> (l < S L)%nat -> Rabs (E k l) <= 2) in E2.
    set (X := sum2 L (fun k l => Rabs (E k l))) in *. set (Q := sum2 L (fun k l => E k l * E k l)) in *. set (Y := sum L (fun l => E L l * E L l)) in *.
    assert (HX0 : 0 <= X) by (apply sum_nonneg; intros; apply sum_nonneg; intros; apply Rabs_pos).
    assert (HX2 : X <= 2 * (N * N)).
    { apply Rle_trans with (sum L (fun _ => sum L (fun _ => 2))); [|rewrite !sum_const; fold N; lra]. apply sum_le. intros k Hk. apply sum_le. intros l Hl. apply E2; lia. }
    assert (HQe : forall k l, (k < L)%nat -> (l < L)%nat -> E k l * E k l <= Q).
    { intros k l Hk Hl. unfold Q, sum2. rewrite <- (sum_indicator L k (fun k => E k l * E k l) Hk). apply sum_le. intros i Hi.
      assert (0 <= sum L (fun j => E i j * E i j)) by (apply sum_nonneg; intros; apply Rle_0_sqr). destruct (k =? i)%nat; [|assumption].
      rewrite <- (sum_indicator L l (fun l => E i l * E i l) Hl). apply sum_le. intros j Hj. pose proof (Rle_0_sqr (E i j)) as Sq. unfold Rsqr in Sq. destruct (l =? j)%nat; lra. }
    assert (HYe : forall l, (l < L)%nat -> E L l * E L l <= Y).
    { intros l Hl. unfold Y. rewrite <- (sum_indicator L l (fun l => E L l * E L l) Hl). apply sum_le. intros j Hj. pose proof (Rle_0_sqr (E L j)) as Sq. unfold Rsqr in Sq. destruct (l =? j)%nat; lra. }
    assert (HQ0 : 0 <= Q) by (apply sum_nonneg; intros; apply sum_nonneg; intros; apply Rle_0_sqr).
    assert (HY0 : 0 <= Y) by (apply sum_nonneg; intros; apply Rle_0_sqr).
    assert (HXQ : X <= N * N * sqrt Q).
    { apply Rle_trans with (sum L (fun _ => sum L (fun _ => sqrt Q))); [|rewrite !sum_const; fold N; lra]. apply sum_le. intros k Hk. apply sum_le. intros l Hl.
      rewrite <- sqrt_Rsqr_abs. apply sqrt_le_1_alt. unfold Rsqr. apply HQe; assumption. }
    assert (M1 : - (Cm * s * X) <= sum2 L (fun k l => majority_gradient k l s * E k l)).
    { apply Rle_trans with (sum2 L (fun k l => majority_gradient k l 0 * E k l) + sum2 L (fun k l => - (Cm * s) * Rabs (E k l))).
      - rewrite sum2_scal. fold X. lra.
      - rewrite <- sum2_plus. apply sum_le. intros k Hk. apply sum_le. intros l Hl. pose proof (Lm k l Hk Hl s ltac:(lra)) as Q0. cbv beta in Q0.
        set (m1 := majority_gradient k l s) in *. set (m0 := majority_gradient k l 0) in *.
        assert (Rabs ((m1 - m0) * E k l) <= Cm * s * Rabs (E k l)) by (rewrite Rabs_mult; apply Rmult_le_compat_r; [apply Rabs_pos | exact Q0]).
        pose proof (Rle_abs (- ((m1 - m0) * E k l))). rewrite Rabs_Ropp in H1. lra. }
    assert (M2 : - (B * sqrt X) - 2 * Cl * s * N <= sum L (fun l => link_gradient l s * E L l)).
    { apply Rle_trans with (sum L (fun l => beta l * E L l) + sum L (fun _ => - (2 * Cl * s))).
      - rewrite sum_const. fold N. lra.
      - rewrite <- sum_plus. apply sum_le. intros l Hl. pose proof (Ll l Hl s ltac:(lra)) as Q0. cbv beta in Q0. rewrite link_0 in Q0 by exact Hl.
        set (m1 := link_gradient l s) in *.
        assert (Rabs ((m1 - beta l) * E L l) <= Cl * s * 2) by (rewrite Rabs_mult; apply Rmult_le_compat; [apply Rabs_pos | apply Rabs_pos | exact Q0 | apply E2; lia]).
        pose proof (Rle_abs (- ((m1 - beta l) * E L l))). rewrite Rabs_Ropp in H1. lra. }
    fold k2 in Ba.
    assert (Main : k2 * (nu * Q + s * Y) <= s * (Cm * X + 2 * (B * sqrt X) + 4 * Cl * s * N + s)).
    { assert (2 * s * (- (B * sqrt X) - 2 * Cl * s * N) <= 2 * s * sum L (fun l => link_gradient l s * E L l)) by (apply Rmult_le_compat_l; lra). lra. }
    assert (HsX : sqrt X <= 2 * N).
    { rewrite <- (sqrt_Rsqr (2 * N)) by lra. apply sqrt_le_1_alt. unfold Rsqr. clear - HX2 HN; nra. }
    assert (HQ : Q <= Q1 / k3 * s).
    { assert (k3 * Q <= s * Q1).
      { unfold k3. fold k2. assert (0 <= k2 * (s * Y)) by (apply Rmult_le_pos; [lra | apply Rmult_le_pos; lra]).
        assert (Cm * X + 2 * (B * sqrt X) + 4 * Cl * s * N + s <= Q1).
        { unfold Q1. assert (Cm * X <= Cm * (2 * (N * N))) by (apply Rmult_le_compat_l; assumption). assert (B * sqrt X <= B * (2 * N)) by (apply Rmult_le_compat_l; assumption).
          assert (Cl * s * N <= Cl * N) by (rewrite Rmult_assoc; apply Rmult_le_compat_l; [exact HCl | clear - S4 HN Hs0; nra]). lra. }
        apply (Rmult_le_compat_l s) in H1; [|lra]. lra. }
      apply (Rmult_le_reg_l k3); [exact Hk3|]. replace (k3 * (Q1 / k3 * s)) with (s * Q1) by (field; lra). exact H0. }
    assert (HsQ : sqrt Q <= q2 * (r * r)).
    { rewrite <- (sqrt_Rsqr (q2 * (r * r))) by (apply Rmult_le_pos; [exact Hq2 | apply Rle_0_sqr]). apply sqrt_le_1_alt. unfold Rsqr.
      replace (q2 * (r * r) * (q2 * (r * r))) with (q2 * q2 * (r * r * (r * r))) by ring. rewrite Hq22, Hr2. exact HQ. }
    assert (HXr : X <= N * N * q2 * (r * r)).
    { eapply Rle_trans; [exact HXQ|]. rewrite (Rmult_assoc (N * N)). apply Rmult_le_compat_l; [apply Rle_0_sqr | exact HsQ]. }
    assert (HsXr : sqrt X <= N * q3 * r).
    { assert (0 <= N * q3 * r) by (apply Rmult_le_pos; [apply Rmult_le_pos; lra | lra]). rewrite <- (sqrt_Rsqr (N * q3 * r)) by assumption. apply sqrt_le_1_alt. unfold Rsqr.
      replace (N * q3 * r * (N * q3 * r)) with (N * N * (q3 * q3) * (r * r)) by ring. rewrite Hq33. exact HXr. }
    assert (Hr1 : r <= 1) by lra. assert (Hrr1 : r * r <= r) by (clear - Hr Hr1; nra).
    assert (HY : k2 * Y <= A * r).
    { assert (k2 * Y <= Cm * X + 2 * (B * sqrt X) + 4 * Cl * s * N + s).
      { apply (Rmult_le_reg_l s); [exact Hs0|]. assert (0 <= k2 * (nu * Q)) by (apply Rmult_le_pos; [lra | apply Rmult_le_pos; lra]). lra. }
      assert (Cm * X <= Cm * (N * N * q2) * r).
      { rewrite (Rmult_assoc Cm). apply Rmult_le_compat_l; [exact HCm|]. eapply Rle_trans; [exact HXr|]. apply Rmult_le_compat_l; [apply Rmult_le_pos; [apply Rle_0_sqr | exact Hq2] | exact Hrr1]. }
      assert (B * sqrt X <= B * (N * q3) * r) by (rewrite (Rmult_assoc B); apply Rmult_le_compat_l; assumption).
      assert (s <= r) by (rewrite <- Hr2; clear - Hr Hr1 Hrr1; nra). assert (Cl * s * N <= Cl * N * r) by (replace (Cl * s * N) with (Cl * N * s) by ring; apply Rmult_le_compat_l; [apply Rmult_le_pos; lra | assumption]).
      unfold A. lra. }
    assert (HY2 : Y < eps * eps).
    { apply (Rmult_lt_reg_l k2); [exact Hk2|]. eapply Rle_lt_trans; [exact HY|]. eapply Rlt_le_trans; [|exact Hth2]. clear - HA Hrth Hth Hr; nra. }
    assert (HQ2 : Q < eps * eps).
    { eapply Rle_lt_trans; [exact HQ|]. rewrite <- Hq22, <- Hr2. replace (q2 * q2 * (r * r * (r * r))) with (q2 * (r * r) * (q2 * (r * r))) by ring.
      assert (Below : q2 * (r * r) < eps) by (clear - Hth3 Hrr1 Hrth Hq2 Hr Hth; nra).
      assert (Above : 0 <= q2 * (r * r)) by (apply Rmult_le_pos; [exact Hq2 | apply Rle_0_sqr]). apply Rmult_le_0_lt_compat; assumption. }
    split.
    - intros l Hl. apply square_below; [exact Heps|]. pose proof (HYe l Hl) as T. unfold E in T. rewrite Gs_min in T by exact Hl. lra.
    - intros k l Hk Hl. apply square_below; [exact Heps|]. pose proof (HQe k l Hk Hl) as T. unfold E in T. rewrite Gs_maj in T by assumption. lra.
  Qed.
  Corollary limit_with_minority l : (l < L)%nat -> limit_cosine (S L) D (minority_loss L tau mu alpha links p0) L l (g l).
  Proof.
    intros Hl eps Heps. destruct (vanishing eps Heps) as (s0 & Hs0 & V). exists s0. split; [exact Hs0|]. intros s d v Hs Hd Hv Ho.
    apply (V s d v Hs Hv); [|exact Hl]. specialize (Ho (pad D w) (unit_pad (S L) D d w Hd w_unit)).
    eapply Rle_trans; [exact Ho|]. apply Rplus_le_compat_r. right. unfold minority_loss. rewrite !pop_loss_eq. apply gloss_ext. intros i j _ _. apply gram_pad, Hd.
  Qed.
  Corollary limit_of_majorities k l : (k < L)%nat -> (l < L)%nat -> limit_cosine (S L) D (minority_loss L tau mu alpha links p0) k l (H k l).
  Proof.
    intros Hk Hl eps Heps. destruct (vanishing eps Heps) as (s0 & Hs0 & V). exists s0. split; [exact Hs0|]. intros s d v Hs Hd Hv Ho.
    apply (V s d v Hs Hv); [|exact Hk | exact Hl]. specialize (Ho (pad D w) (unit_pad (S L) D d w Hd w_unit)).
    eapply Rle_trans; [exact Ho|]. apply Rplus_le_compat_r. right. unfold minority_loss. rewrite !pop_loss_eq. apply gloss_ext. intros i j _ _. apply gram_pad, Hd.
  Qed.
End Vanishing.
