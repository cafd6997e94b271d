(* The population loss as a contrastive loss: its gradient in the model's terms, and models whose gradient is simple. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Logits Vectors Linear Duality.
Open Scope R_scope.

Lemma blocks_pos K pi : sum K pi = 1 -> (0 < K)%nat.
Proof. destruct K; [simpl; lra | lia]. Qed.
Lemma model_degree K pi alpha k : block_model K pi alpha -> (k < K)%nat -> 0 < degree K pi alpha k.
Proof.
  intros (Hp & _ & Ha & Hi) Hk. destruct (Hi k Hk) as (l & Hl & Hal).
  apply (sum_pos_one K _ l); [|exact Hl | apply Rmult_lt_0_compat; [exact Hal | apply Hp, Hl]].
  intros i Hi'. apply Rmult_le_pos; [apply Ha; assumption | left; apply Hp, Hi'].
Qed.
(* the general loss at the population's weights *)
Definition pop_grad K tau pi alpha := grad K tau pi (fun _ l => pi l) (pair_weight K pi alpha).
Definition pop_dual K tau pi alpha := dual K tau pi (fun _ l => pi l) (pair_weight K pi alpha).
Lemma pop_loss_eq K tau pi alpha : population_loss K tau pi alpha = gloss K tau pi (fun _ l => pi l) (pair_weight K pi alpha).
Proof. reflexivity. Qed.
Lemma pop_dual_eq K tau pi alpha : dual_matrix K tau pi (pair_weight K pi alpha) = pop_dual K tau pi alpha.
Proof. reflexivity. Qed.
Lemma pop_mult_eq K tau pi alpha : multiplier K tau pi (pair_weight K pi alpha) = mult K tau pi (fun _ l => pi l) (pair_weight K pi alpha).
Proof. reflexivity. Qed.

Section Model.
  Variables (K : nat) (tau : R) (pi : nat -> R) (alpha : nat -> nat -> R).
  Hypotheses (Ht : 0 < tau) (Hp : forall k, (k < K)%nat -> 0 < pi k) (H1 : sum K pi = 1).
  Let HK : (0 < K)%nat. Proof. exact (blocks_pos K pi H1). Qed.
  Let HA : forall k l, (k < K)%nat -> (l < K)%nat -> 0 < (fun _ l => pi l) k l. Proof. intros; apply Hp; assumption. Qed.

  Lemma pop_optimum d0 v G : unit_vectors K d0 v -> (forall k l, (k < K)%nat -> (l < K)%nat -> gram d0 v k l = G k l) ->
    (forall x, 0 <= quad K (pop_dual K tau pi alpha G) x) -> optimum_is K d0 (population_loss K tau pi alpha) G.
  Proof. exact (optimum_from K tau pi _ _ HK Ht Hp HA d0 v G). Qed.
  Lemma pop_iff d0 d u v : (d0 < d)%nat -> unit_vectors K d0 u -> unit_vectors K d v ->
    (forall k l, (k < K)%nat -> (l < K)%nat -> gram d v k l = gram d0 u k l) ->
    (optimal K d (population_loss K tau pi alpha) v <-> forall x, 0 <= quad K (pop_dual K tau pi alpha (gram d0 u)) x).
  Proof. exact (optimal_iff K tau pi _ _ HK Ht Hp HA d0 d u v). Qed.

  (* 2 tau D_kl = pi_k pi_l [ e^(G_kl/tau) (1/Z_k + 1/Z_l) - alpha_kl (1/d_k + 1/d_l) ] *)
  Lemma pop_grad_formula G k l : (k < K)%nat -> (l < K)%nat -> G l k = G k l -> alpha l k = alpha k l ->
    0 < degree K pi alpha k -> 0 < degree K pi alpha l ->
    pop_grad K tau pi alpha G k l = pi k * pi l / (2 * tau) *
      (exp (G k l / tau) * (/ partition K tau pi G k + / partition K tau pi G l) - alpha k l * (/ degree K pi alpha k + / degree K pi alpha l)).
  Proof.
    intros Hk Hl HG Hal Hdk Hdl. unfold pop_grad, grad, rep, pair_weight.
    change (part K tau (fun _ l => pi l) G k) with (partition K tau pi G k).
    change (part K tau (fun _ l => pi l) G l) with (partition K tau pi G l). rewrite HG, Hal.
    assert (0 < partition K tau pi G k) by (apply (part_pos K tau (fun _ l => pi l) HK HA); exact Hk).
    assert (0 < partition K tau pi G l) by (apply (part_pos K tau (fun _ l => pi l) HK HA); exact Hl).
    field. repeat split; lra.
  Qed.
  Lemma partition_pos G k : (k < K)%nat -> 0 < partition K tau pi G k.
  Proof. apply (part_pos K tau (fun _ l => pi l) HK HA). Qed.
  Lemma zero_gradient G : (forall k l, (k < K)%nat -> (l < K)%nat -> pop_grad K tau pi alpha G k l = 0) ->
    forall x, 0 <= quad K (pop_dual K tau pi alpha G) x.
  Proof.
    intros H x. replace (quad K (pop_dual K tau pi alpha G) x) with 0; [lra|]. symmetry. apply sum2_0. intros k l Hk Hl.
    unfold pop_dual, dual, mult. fold (pop_grad K tau pi alpha). rewrite H by assumption.
    rewrite sum_0 by (intros m Hm; rewrite H by assumption; ring). destruct (k =? l)%nat; ring.
  Qed.
  (* the PMI law: D = 0 *)
  Lemma pmi_gradient p : 0 < p -> (forall k l, (k < K)%nat -> (l < K)%nat -> 0 < alpha k l /\ alpha l k = alpha k l) ->
    forall k l, (k < K)%nat -> (l < K)%nat -> pop_grad K tau pi alpha (pmi tau p alpha) k l = 0.
  Proof.
    intros Hpp Ha k l Hk Hl.
    assert (Hd : forall k, (k < K)%nat -> 0 < degree K pi alpha k).
    { intros i Hi. apply sum_pos; [exact HK|]. intros j Hj. apply Rmult_lt_0_compat; [apply Ha | apply Hp]; assumption. }
    assert (He : forall k l, (k < K)%nat -> (l < K)%nat -> exp (pmi tau p alpha k l / tau) = exp (/ tau) / p * alpha k l).
    { intros i j Hi Hj. unfold pmi. replace ((1 + tau * ln (alpha i j / p)) / tau) with (/ tau + ln (alpha i j / p)) by (field; lra).
      destruct (Ha i j Hi Hj). rewrite exp_plus, exp_ln by (apply Rdiv_lt_0_compat; assumption). field. lra. }
    assert (HZ : forall k, (k < K)%nat -> partition K tau pi (pmi tau p alpha) k = exp (/ tau) / p * degree K pi alpha k).
    { intros i Hi. unfold partition, degree. rewrite <- sum_scal. apply sum_ext. intros j Hj. rewrite He by assumption. ring. }
    pose proof (Hd k Hk). pose proof (Hd l Hl). pose proof (exp_pos (/ tau)). destruct (Ha k l Hk Hl) as [_ Hs].
    rewrite pop_grad_formula, !HZ, He by (assumption || (unfold pmi; rewrite Hs; reflexivity)). field. repeat split; lra.
  Qed.
End Model.
