(* What is claimed: one Prop per claim of the catalogue, over the definitions of Spec.v. Each is proved in the file of its name. *)
From Coquelicot Require Import Coquelicot.
From Coq Require Import Reals List Arith.
From ContrastiveClaims Require Import Spec.
Open Scope R_scope.
Import ListNotations.

(* ---- Paper A: margins ---- *)

(* A1. The printed ratio equals LSE(-eps, {s-_j - s+}_j) exactly, for every number of negatives. *)
Definition A1_statement : Prop := forall eps pos negs,
  eps_infonce eps pos negs = LSE (- eps :: map (fun neg => neg - pos) negs).

(* A2. H <= loss + eps <= H + log(N+1); the lower end is never attained, and approached for every N >= 1. *)
Definition A2_statement : Prop :=
  (forall eps pos negs, negs <> [] ->
     hinge eps pos negs < eps_infonce eps pos negs + eps <= hinge eps pos negs + ln (INR (length negs) + 1)) /\
  (forall eps delta N, 0 < delta -> (1 <= N)%nat ->
     exists pos negs, length negs = N /\ eps_infonce eps pos negs + eps < hinge eps pos negs + delta).

(* A3. The loss pins the margin; the threshold log 2 - eps; the lower end is convex in l; on the sphere the lower end rises by the
   other negatives' floor, and is attained (same loss, same number of negatives) where it is not negative. *)
Definition A3_statement : Prop :=
  (forall eps pos negs, negs <> [] -> let l := eps_infonce eps pos negs in
     margin_low eps l <= margin pos negs <= margin_high eps l (length negs) /\
     (l <= ln 2 - eps -> eps <= margin pos negs)) /\
  (forall eps l l' t, - eps < l -> - eps < l' -> 0 <= t <= 1 ->
     margin_low eps (t * l + (1 - t) * l') <= t * margin_low eps l + (1 - t) * margin_low eps l') /\
  (forall eps tau d anchor positive (negs : list vector), 0 < tau -> negs <> [] ->
     on_sphere d anchor -> on_sphere d positive -> Forall (on_sphere d) negs ->
     let pos := logit tau d anchor positive in let s := map (logit tau d anchor) negs in
     let low := margin_low_on_sphere eps tau (eps_infonce eps pos s) (length negs) in
     low <= margin pos s /\
     (0 <= low -> (2 <= d)%nat ->
        exists anchor' positive' negs', on_sphere d anchor' /\ on_sphere d positive' /\ Forall (on_sphere d) negs' /\
        length negs' = length negs /\ let pos' := logit tau d anchor' positive' in let s' := map (logit tau d anchor') negs' in
        eps_infonce eps pos' s' = eps_infonce eps pos s /\ margin pos' s' = low)).

(* A4. eps = 0 is InfoNCE, eps -> infinity is InfoL1O; the loss falls, loss + eps rises, the slope lies in (-1, 0). *)
Definition A4_statement : Prop := forall pos negs, negs <> [] ->
  eps_infonce 0 pos negs = infonce pos negs /\
  is_lim (fun eps => eps_infonce eps pos negs) p_infty (info_l1o pos negs) /\
  (forall eps eps', eps < eps' ->
     eps_infonce eps' pos negs < eps_infonce eps pos negs /\ eps_infonce eps pos negs + eps < eps_infonce eps' pos negs + eps') /\
  (forall eps, exists slope, is_derive (fun e => eps_infonce e pos negs) eps slope /\ -1 < slope < 0).

(* A5, as printed, for logits at the temperature tau (tau = 1: cosines): d+ - d- < -eps iff s- - s+ <= -eps. *)
Definition A5_printed (tau : R) : Prop := forall eps d anchor positive negative, 0 <= eps ->
  on_sphere d anchor -> on_sphere d positive -> on_sphere d negative ->
  (squared_distance d anchor positive - squared_distance d anchor negative < - eps <->
   logit tau d anchor negative - logit tau d anchor positive <= - eps).
(* It is false at every temperature. *)
Definition A5_statement : Prop := forall tau, 0 < tau -> ~ A5_printed tau.

(* A5c. d+ - d- = 2 (s- - s+) for cosines and 2 tau (s- - s+) for logits; so the margin carries the factor. *)
Definition A5c_statement : Prop := forall tau d anchor positive negative, 0 < tau ->
  on_sphere d anchor -> on_sphere d positive -> on_sphere d negative ->
  let gap := squared_distance d anchor positive - squared_distance d anchor negative in
  gap = 2 * (dot d anchor negative - dot d anchor positive) /\
  gap = 2 * tau * (logit tau d anchor negative - logit tau d anchor positive) /\
  (forall eps, gap < - (2 * tau * eps) <-> logit tau d anchor negative - logit tau d anchor positive < - eps).

(* A6. The mean over positives of LSE(-eps, {s-_j - s+_i}_j); no term compares positives: the loss is the mean of the losses of the
   single positives. At eps = 0 it is SINCERE's loss, and with two positives or more always below SupCon. *)
Definition A6_statement : Prop :=
  (forall eps poss negs,
     eps_sup_infonce eps poss negs = mean (map (fun pos => LSE (- eps :: map (fun neg => neg - pos) negs)) poss) /\
     eps_sup_infonce eps poss negs = mean (map (fun pos => eps_sup_infonce eps [pos] negs) poss)) /\
  (forall poss negs, eps_sup_infonce 0 poss negs = sincere poss negs) /\
  (forall poss negs, (2 <= length poss)%nat -> eps_sup_infonce 0 poss negs < sup_con poss negs).

(* A7. The mean over i of LSE(0, {s-_j - s+_i + eps}_j, {s+_t - s+_i}_(t <> i)) is eps plus eps-SupCon; eps = 0 is SupCon's L_out. *)
Definition A7_statement : Prop := forall eps poss negs, poss <> [] ->
  mean (map (fun i => let pos := nth i poss 0 in
               LSE (0 :: map (fun neg => neg - pos + eps) negs ++ map (fun t => t - pos) (others i poss)))
            (seq 0 (length poss))) = eps + eps_sup_con eps poss negs /\
  eps_sup_con 0 poss negs = sup_con poss negs.

(* A8. SupCon >= SupInfoNCE anchor by anchor, and SupCon > log P however wide the margin. *)
Definition A8_statement : Prop := forall poss negs, poss <> [] -> negs <> [] ->
  eps_sup_infonce 0 poss negs <= sup_con poss negs /\ ln (INR (length poss)) < sup_con poss negs.

(* A9, as printed: the non-contrastive terms alone collapse all samples of a class to a single point. *)
Definition A9_printed : Prop := forall d n z, (forall i, (i < n)%nat -> on_sphere d (z i)) -> non_contrastive_terms d n z ->
  forall i j, (i < n)%nat -> (j < n)%nat -> squared_distance d (z i) (z j) = 0.
(* It is false (three orthonormal vectors). *)
Definition A9_statement : Prop := ~ A9_printed.

(* A9c. Of n >= 2 samples in R^d they force one point iff n >= d + 2; 3 to d + 1 samples may stand at a regular simplex. *)
Definition A9c_statement : Prop := forall d n, (1 <= d)%nat -> (2 <= n)%nat ->
  ((forall z, (forall i, (i < n)%nat -> on_sphere d (z i)) -> non_contrastive_terms d n z ->
      forall i j, (i < n)%nat -> (j < n)%nat -> squared_distance d (z i) (z j) = 0) <-> (d + 2 <= n)%nat) /\
  ((3 <= n <= d + 1)%nat -> exists z, (forall i, (i < n)%nat -> on_sphere d (z i)) /\ non_contrastive_terms d n z /\
     forall i j, (i < n)%nat -> (j < n)%nat -> i <> j -> dot d (z i) (z j) = - / (INR n - 1)).

(* A10. L_in <= L_out. L_in stays above log P and comes as near as one likes once one positive beats the negatives widely,
   whatever the other positives do. *)
Definition A10_statement : Prop :=
  (forall poss negs, poss <> [] -> sup_con_in poss negs <= sup_con poss negs) /\
  (forall poss negs, poss <> [] -> negs <> [] -> ln (INR (length poss)) < sup_con_in poss negs) /\
  (forall rest negs delta, 0 < delta -> exists high, forall pos, high <= pos ->
     sup_con_in (pos :: rest) negs < ln (INR (length (pos :: rest))) + delta).

(* A16. KL of Gaussians fitted to aligned and conflicting distances, positive variances: KL >= (mu_a - mu_c)^2/(2 var_c) >= 0, zero iff
   both moments agree. That the closed form is the divergence: it is the mean of log(density_a/density_c) under every linear mean E of
   total 1 with the aligned Gaussian's two moments (in place of the integral). *)
Definition gaussian_log_density (mu var x : R) : R := - (x - mu) ^ 2 / (2 * var) - ln (2 * PI * var) / 2.
Definition A16_statement : Prop :=
  (forall mu_a var_a mu_c var_c, 0 < var_a -> 0 < var_c ->
     0 <= (mu_a - mu_c) ^ 2 / (2 * var_c) <= gaussian_kl mu_a var_a mu_c var_c /\
     (gaussian_kl mu_a var_a mu_c var_c = 0 <-> mu_a = mu_c /\ var_a = var_c)) /\
  (forall aligned conflicting, 0 < variance aligned -> 0 < variance conflicting ->
     0 <= (mean aligned - mean conflicting) ^ 2 / (2 * variance conflicting) <= fair_kl aligned conflicting /\
     (fair_kl aligned conflicting = 0 <-> mean aligned = mean conflicting /\ variance aligned = variance conflicting)) /\
  (forall mu_a var_a mu_c var_c (E : (R -> R) -> R), 0 < var_a -> 0 < var_c ->
     (forall f g, (forall x, f x = g x) -> E f = E g) ->
     (forall f g a b, E (fun x => a * f x + b * g x) = a * E f + b * E g) ->
     E (fun _ => 1) = 1 -> E (fun x => x) = mu_a -> E (fun x => (x - mu_a) ^ 2) = var_a ->
     E (fun x => gaussian_log_density mu_a var_a x - gaussian_log_density mu_c var_c x) = gaussian_kl mu_a var_a mu_c var_c).

(* A17. Matching first moments only is not enough: with equal means and unequal (positive) variances the penalty on means is 0 and the
   KL positive; and such distances, within [0, 4], exist. *)
Definition A17_statement : Prop :=
  (forall aligned conflicting, mean aligned = mean conflicting -> 0 < variance aligned -> 0 < variance conflicting ->
     variance aligned <> variance conflicting -> first_moments aligned conflicting = 0 /\ 0 < fair_kl aligned conflicting) /\
  (exists aligned conflicting, Forall (fun x => 0 <= x <= 4) aligned /\ Forall (fun x => 0 <= x <= 4) conflicting /\
     first_moments aligned conflicting = 0 /\ 0 < variance aligned /\ 0 < variance conflicting /\ 0 < fair_kl aligned conflicting).

(* A26. sum_j s-_j - sum_i s+_i < -eps "should be avoided": for every eps and temperature there is an anchor on the sphere that fulfils
   it though one negative is closer than every positive. *)
Definition A26_statement : Prop := forall eps tau d, 0 < tau -> (2 <= d)%nat ->
  exists anchor (positives negatives : list vector), on_sphere d anchor /\ Forall (on_sphere d) positives /\
    Forall (on_sphere d) negatives /\ positives <> [] /\
    total (map (logit tau d anchor) negatives) - total (map (logit tau d anchor) positives) < - eps /\
    exists closer, In closer negatives /\
      forall positive, In positive positives -> squared_distance d anchor closer < squared_distance d anchor positive.
