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

(* A9, as printed: the non-contrastive terms alone collapse all samples of a class to a single point (a class of two has no such term). *)
Definition A9_printed : Prop := forall d n z, (3 <= n)%nat -> (forall i, (i < n)%nat -> on_sphere d (z i)) -> non_contrastive_terms d n z ->
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

(* A11, as printed: E log[e^s+/(e^s+ + sum e^s-)] <= I <= E log[e^s+/sum e^s-], for N negatives and every critic (finite laws). *)
Definition A11_printed (N : nat) : Prop := forall n m p s, joint_law n m p ->
  lower_bound n m N p s <= information n m p <= upper_bound n m N p s.
(* It is false for every N >= 2, by its upper half, and already at the optimal critic (the pointwise information); the lower half is true
   but empty: never positive, while I never is negative. *)
Definition A11_statement : Prop :=
  (forall N, (2 <= N)%nat -> ~ A11_printed N /\
     exists n m p, joint_law n m p /\ upper_bound n m N p (pointwise n m p) < information n m p) /\
  (forall n m N p s, joint_law n m p -> lower_bound n m N p s <= 0 <= information n m p).

(* A11c. log(N+1) + E log[e^s+/(e^s+ + sum e^s-)] <= I for every critic; I <= log N + E log[e^s+/sum e^s-] for the optimal critic
   s = PMI + c(anchor), and for some other critic not. Finite laws in which every pair is possible (the row's hypotheses: 3 x 3 symbols;
   its Gaussian pair is simulated, and not stated here). *)
Definition A11c_statement : Prop :=
  (forall n m N p s, joint_law n m p -> ln (INR N + 1) + lower_bound n m N p s <= information n m p) /\
  (forall n m N p s c, joint_law n m p -> (1 <= N)%nat -> (forall i j, (i < n)%nat -> (j < m)%nat -> s i j = pointwise n m p i j + c i) ->
     information n m p <= ln (INR N) + upper_bound n m N p s) /\
  (forall N, (1 <= N)%nat -> exists n m p s, joint_law n m p /\ ln (INR N) + upper_bound n m N p s < information n m p).

(* A12. Two classes or more, each of two samples or more: every global minimiser over free embeddings of eps-SupInfoNCE and of eps-SupCon
   collapses within classes, for any dimension, imbalance and eps; with K balanced classes of k samples and d >= K - 1 it is the simplex
   ETF (and there is one): cosine -1/(K-1) between classes, margin K/((K-1) tau), value log(e^-eps + (K-1) k e^-margin), for eps-SupCon
   with (k-1) e^-eps. *)
Definition A12_statement : Prop := forall eps n d tau y z, 0 < tau ->
  (forall a, (a < n)%nat -> positives n y a <> [] /\ negatives n y a <> []) ->
  (minimises (eps_sup_infonce eps) n d tau y z \/ minimises (eps_sup_con eps) n d tau y z ->
     forall i j, (i < n)%nat -> (j < n)%nat -> y i = y j -> squared_distance d (z i) (z j) = 0) /\
  (forall K k, (2 <= K)%nat -> (2 <= k)%nat -> balanced K k n y -> (K - 1 <= d)%nat ->
     let m := INR K / ((INR K - 1) * tau) in let N := (INR K - 1) * INR k in
     (exists z', minimises (eps_sup_infonce eps) n d tau y z' /\ minimises (eps_sup_con eps) n d tau y z') /\
     (minimises (eps_sup_infonce eps) n d tau y z \/ minimises (eps_sup_con eps) n d tau y z ->
        forall i j, (i < n)%nat -> (j < n)%nat -> y i <> y j -> dot d (z i) (z j) = - / (INR K - 1) /\
        logit tau d (z i) (z i) - logit tau d (z i) (z j) = m) /\
     (minimises (eps_sup_infonce eps) n d tau y z -> sample_loss (eps_sup_infonce eps) n d tau y z = ln (exp (- eps) + N * exp (- m))) /\
     (minimises (eps_sup_con eps) n d tau y z -> sample_loss (eps_sup_con eps) n d tau y z = ln ((INR k - 1) * exp (- eps) + N * exp (- m)))).

(* A13. SupCon's minimisers on K >= 2 balanced classes of k >= 2 samples, d >= K - 1: there is one, and it is the simplex ETF, collapsed. *)
Definition A13_statement : Prop := forall K k n d tau y z, 0 < tau -> (2 <= K)%nat -> (2 <= k)%nat -> balanced K k n y -> (K - 1 <= d)%nat ->
  (exists z', minimises sup_con n d tau y z') /\
  (minimises sup_con n d tau y z ->
  (forall i j, (i < n)%nat -> (j < n)%nat -> y i = y j -> squared_distance d (z i) (z j) = 0) /\
  (forall i j, (i < n)%nat -> (j < n)%nat -> y i <> y j -> dot d (z i) (z j) = - / (INR K - 1))).

(* A21. Classes 0 and 1 of m samples beside class 2 of M >= m >= 2, dimension >= 2: a minimiser merges the two small classes exactly
   (h_0 = h_1 = -h_2, classes collapsed) iff 4 m E^2 <= M (1 + Z_1/Z_3), E = e^(1/tau), Z_1 = a_1 E e^-eps + m E + M/E,
   Z_3 = a_3 E e^-eps + 2m/E, a = 1 for eps-SupInfoNCE, n_k - 1 for eps-SupCon; that is from some eps_0 on, or always, or never. Never, at
   any temperature, for M <= 1.7 m; at every eps for M >= 4 m E^2, and at every eps >= 0 from some tau on if M > 2m. *)
Definition merging_condition (tau eps a1 a3 m M : R) : Prop :=
  let E := exp (/ tau) in let Z1 := a1 * E * exp (- eps) + m * E + M / E in let Z3 := a3 * E * exp (- eps) + 2 * m / E in
  4 * m * E ^ 2 <= M * (1 + Z1 / Z3).
Definition merging_classes (m M n : nat) (y : nat -> nat) : Prop :=
  (forall i, (i < n)%nat -> (y i < 3)%nat) /\
  (forall l, (l < 3)%nat -> length (filter (fun i => (y i =? l)%nat) (seq 0 n)) = if (l =? 2)%nat then M else m).
Definition from_some_point (P : R -> Prop) : Prop :=
  (forall x, P x) \/ (forall x, ~ P x) \/ exists x0, forall x, P x <-> x0 <= x.
Definition A21_statement : Prop := forall tau eps m M n d y z, 0 < tau -> (2 <= m <= M)%nat -> merging_classes m M n y -> (2 <= d)%nat ->
  let merges := forall i j, (i < n)%nat -> (j < n)%nat -> dot d (z i) (z j) = merged (y i) (y j) in
  (minimises (eps_sup_infonce eps) n d tau y z -> (merges <-> merging_condition tau eps 1 1 (INR m) (INR M))) /\
  (minimises (eps_sup_con eps) n d tau y z -> (merges <-> merging_condition tau eps (INR m - 1) (INR M - 1) (INR m) (INR M))) /\
  from_some_point (fun eps => merging_condition tau eps 1 1 (INR m) (INR M)) /\
  from_some_point (fun eps => merging_condition tau eps (INR m - 1) (INR M - 1) (INR m) (INR M)) /\
  (10 * INR M <= 17 * INR m ->
     ~ merging_condition tau eps 1 1 (INR m) (INR M) /\ ~ merging_condition tau eps (INR m - 1) (INR M - 1) (INR m) (INR M)) /\
  (4 * INR m * exp (/ tau) ^ 2 <= INR M ->
     merging_condition tau eps 1 1 (INR m) (INR M) /\ merging_condition tau eps (INR m - 1) (INR M - 1) (INR m) (INR M)) /\
  ((2 * m < M)%nat -> exists high, 0 < high /\ forall tau' eps', high <= tau' -> 0 <= eps' ->
     merging_condition tau' eps' 1 1 (INR m) (INR M) /\ merging_condition tau' eps' (INR m - 1) (INR M - 1) (INR m) (INR M)).

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

(* ---- Paper B: the population problem ---- *)

(* B3. Convex in G; S + delta Diag(pi) psd bounds the gap by delta, and at every global optimum S is psd (delta = 0); one vector per block
   is optimal for the expected graph, among nodes in any space with a spare dimension, iff no diagonal multiplier is positive. *)
Definition B3_statement : Prop := forall K tau pi alpha, 0 < tau -> block_model K pi alpha ->
  let f := population_loss K tau pi alpha in
  let S := dual_matrix K tau pi (pair_weight K pi alpha) in
  let lambda := multiplier K tau pi (pair_weight K pi alpha) in
  (forall G G' t, 0 <= t <= 1 -> f (fun k l => t * G k l + (1 - t) * G' k l) <= t * f G + (1 - t) * f G') /\
  (forall G G' delta, elliptope K G -> elliptope K G' ->
     psd K (fun k l => S G k l + if (k =? l)%nat then delta * pi k else 0) -> f G - f G' <= delta) /\
  (forall G, elliptope K G -> (forall G', elliptope K G' -> f G <= f G') -> psd K (S G)) /\
  (forall d v, unit_vectors K d v -> (forall d' v', unit_vectors K d' v' -> f (gram d v) <= f (gram d' v')) ->
     (forall n b w, nodes_of K n pi b w -> node_loss n tau b w alpha (fun i j => gram d v (b i) (b j)) = f (gram d v)) /\
     (forall d', (d < d')%nat ->
        ((forall k, (k < K)%nat -> lambda (gram d v) k <= 0) <->
         (forall n b w z, nodes_of K n pi b w -> unit_vectors n d' z -> f (gram d v) <= node_loss n tau b w alpha (gram d' z))))).

(* B6. Connections p within blocks, alpha between all: every cosine is clip(1 + tau log(alpha/p), -1/(K-1), 1); for any shares inside the
   clip and at its upper end, for balanced ones at its lower end (and for alpha = 0, where the logarithm is -infinity). *)
Definition B6_statement : Prop := forall K tau p alpha pi, (2 <= K)%nat -> 0 < tau -> 0 < p ->
  (forall k, (k < K)%nat -> 0 < pi k) -> sum K pi = 1 ->
  let f := population_loss K tau pi (uniform_graph p alpha) in
  let low := - / (INR K - 1) in
  (0 < alpha -> low <= 1 + tau * ln (alpha / p) \/ (forall k, (k < K)%nat -> pi k = / INR K) ->
     optimum_is K K f (equal_cosines (clip low 1 (1 + tau * ln (alpha / p))))) /\
  (alpha = 0 -> (forall k, (k < K)%nat -> pi k = / INR K) -> optimum_is K (K - 1) f (equal_cosines low)).

(* B7. Balanced disconnected blocks: the simplex ETF, cosine -1/(K-1), from dimension K - 1 on; and the value of the loss. *)
Definition B7_statement : Prop := forall K tau pi alpha, (2 <= K)%nat -> 0 < tau -> block_model K pi alpha ->
  (forall k, (k < K)%nat -> pi k = / INR K) -> (forall k l, (k < K)%nat -> (l < K)%nat -> k <> l -> alpha k l = 0) ->
  let etf := equal_cosines (- / (INR K - 1)) in
  optimum_is K (K - 1) (population_loss K tau pi alpha) etf /\
  population_loss K tau pi alpha etf =
    - / tau + ln ((exp (/ tau) + (INR K - 1) * exp (- / ((INR K - 1) * tau))) / INR K).

(* B15. Equal connections p within blocks, all positive: if 1 + tau log(alpha/p) is psd it is the optimum for all shares; so RH is 1
   between any two shares (where it is defined); for the biased graph of two classes it is psd iff four sums are nonnegative. *)
Definition B15_statement : Prop :=
  (forall K tau p alpha, 0 < tau -> 0 < p -> (forall k, (k < K)%nat -> alpha k k = p) ->
     (forall k l, (k < K)%nat -> (l < K)%nat -> 0 < alpha k l) -> psd K (pmi tau p alpha) ->
     (forall pi, (forall k, (k < K)%nat -> 0 < pi k) -> sum K pi = 1 ->
        optimum_is K K (population_loss K tau pi alpha) (pmi tau p alpha)) /\
     (forall pi pi' d v v' k l, block_model K pi alpha -> block_model K pi' alpha -> (K <= d)%nat ->
        optimal K d (population_loss K tau pi alpha) v -> optimal K d (population_loss K tau pi' alpha) v' ->
        (k < K)%nat -> (l < K)%nat -> gram d v' k l <> 1 -> representation_harm (gram d v k l) (gram d v' k l) = 1)) /\
  (forall tau p beta gamma delta, 0 < tau -> 0 < p -> 0 < beta -> 0 < gamma -> 0 < delta ->
     let b := 1 + tau * ln (beta / p) in let c := 1 + tau * ln (gamma / p) in let d := 1 + tau * ln (delta / p) in
     (psd 4 (pmi tau p (biased_graph p beta gamma delta)) <->
      0 <= 1 + b + c + d /\ 0 <= 1 + b - c - d /\ 0 <= 1 - b + c - d /\ 0 <= 1 - b - c + d)).

(* B16. M_kl = 1 + tau log(alpha_kl/p_max), psd, all connections positive and none above p_max (attained within some block): the minimisers of
   the loss over the block means' Gram matrices (psd, diagonal <= 1: the unit ball) are M and the psd M - t J, t >= 0; so a block
   with alpha_kk < p_max has squared mean length at most 1 + tau log(alpha_kk/p_max) < 1. No expected graph's nodes do better than M, and
   they come as near as one likes (n -> infinity, dimension free). *)
Definition B16_statement : Prop := forall K tau pmax alpha pi, 0 < tau -> 0 < pmax -> block_model K pi alpha ->
  (forall k l, (k < K)%nat -> (l < K)%nat -> 0 < alpha k l <= pmax) -> (exists k, (k < K)%nat /\ alpha k k = pmax) ->
  psd K (pmi tau pmax alpha) ->
  let f := population_loss K tau pi alpha in let M := pmi tau pmax alpha in
  let means G := psd K G /\ forall k, (k < K)%nat -> G k k <= 1 in
  means M /\
  (forall G, means G -> f M <= f G) /\
  (forall t, 0 <= t -> psd K (fun k l => M k l - t) -> means (fun k l => M k l - t) /\ f (fun k l => M k l - t) = f M) /\
  (forall G, means G -> f G = f M -> (exists t, 0 <= t /\ forall k l, (k < K)%nat -> (l < K)%nat -> G k l = M k l - t) /\
     forall k, (k < K)%nat -> alpha k k < pmax -> G k k <= 1 + tau * ln (alpha k k / pmax) < 1) /\
  (forall n b w d z, nodes_of K n pi b w -> unit_vectors n d z -> f M <= node_loss n tau b w alpha (gram d z)) /\
  (forall delta, 0 < delta -> exists n b w d z, nodes_of K n pi b w /\ unit_vectors n d z /\ node_loss n tau b w alpha (gram d z) < f M + delta).

(* B17. Three blocks of which only 0 and 1 are connected: h_0 = h_1 = -h_2 is optimal (in any dimension >= 2) iff
   alpha (1/d_0 + 1/d_1) >= 2E/Z - pi_2/((pi_0+pi_1) E) (1/Z + 1/Z_2); and then it is the only optimum. *)
Definition merges (tau : R) (pi : nat -> R) (alpha : nat -> nat -> R) : Prop :=
  let E := exp (/ tau) in let d := degree 3 pi alpha in
  let Z := (pi 0%nat + pi 1%nat) * E + pi 2%nat / E in let Z2 := (pi 0%nat + pi 1%nat) / E + pi 2%nat * E in
  2 * E / Z - pi 2%nat / ((pi 0%nat + pi 1%nat) * E) * (1 / Z + 1 / Z2) <= alpha 0%nat 1%nat * (1 / d 0%nat + 1 / d 1%nat).
Definition B17_statement : Prop := forall tau pi alpha, 0 < tau -> block_model 3 pi alpha ->
  alpha 0%nat 2%nat = 0 -> alpha 1%nat 2%nat = 0 ->
  (forall d v, (2 <= d)%nat -> unit_vectors 3 d v -> (forall k l, (k < 3)%nat -> (l < 3)%nat -> gram d v k l = merged k l) ->
     (optimal 3 d (population_loss 3 tau pi alpha) v <-> merges tau pi alpha)) /\
  (merges tau pi alpha -> optimum_is 3 1 (population_loss 3 tau pi alpha) merged).

(* B22. Biased graph of two classes, a conflicting group's cosine with its bias's and with its class's aligned group:
   (beta - gamma)(cos_bias - cos_class) >= 0, for all rho, tau, p and delta: for the mean over the two conflicting groups in any dimension,
   and for each of them from dimension 4 on; with equality (for either) only if beta = gamma or the two aligned groups share one vector. *)
Definition B22_statement : Prop := forall tau rho p beta gamma delta d v, 0 < tau -> 0 < rho < 1 ->
  block_model 4 (biased_shares rho) (biased_graph p beta gamma delta) ->
  optimal 4 d (population_loss 4 tau (biased_shares rho) (biased_graph p beta gamma delta)) v ->
  0 <= (beta - gamma) * ((gram d v 1 3 + gram d v 2 0) / 2 - (gram d v 1 0 + gram d v 2 3) / 2) /\
  ((4 <= d)%nat -> 0 <= (beta - gamma) * (gram d v 1 3 - gram d v 1 0) /\ 0 <= (beta - gamma) * (gram d v 2 0 - gram d v 2 3) /\
     ((beta - gamma) * (gram d v 1 3 - gram d v 1 0) = 0 \/ (beta - gamma) * (gram d v 2 0 - gram d v 2 3) = 0 ->
        beta = gamma \/ gram d v 0 3 = 1)).

(* B24. At a fully collapsed pair no diagonal multiplier is positive, and so one vector per block is optimal (no expected graph's nodes do
   better, in any dimension >= 2), iff alpha pi_1 (1/d_0 - 1/d_1) <= (pi_2/E)(3/Z + 1/Z_2), and the same with 0 and 1 exchanged; only the
   less connected can violate it. *)
Definition keeps_one_vector (tau : R) (pi : nat -> R) (alpha : nat -> nat -> R) (k l : nat) : Prop :=
  let E := exp (/ tau) in let d := degree 3 pi alpha in
  let Z := (pi 0%nat + pi 1%nat) * E + pi 2%nat / E in let Z2 := (pi 0%nat + pi 1%nat) / E + pi 2%nat * E in
  alpha 0%nat 1%nat * pi l * (1 / d k - 1 / d l) <= pi 2%nat / E * (3 / Z + 1 / Z2).
Definition B24_statement : Prop := forall tau pi alpha, 0 < tau -> block_model 3 pi alpha ->
  alpha 0%nat 2%nat = 0 -> alpha 1%nat 2%nat = 0 -> merges tau pi alpha ->
  ((forall k, (k < 3)%nat -> multiplier 3 tau pi (pair_weight 3 pi alpha) merged k <= 0) <->
     keeps_one_vector tau pi alpha 0 1 /\ keeps_one_vector tau pi alpha 1 0) /\
  (forall d, (2 <= d)%nat ->
     ((forall n b w z, nodes_of 3 n pi b w -> unit_vectors n d z ->
         population_loss 3 tau pi alpha merged <= node_loss n tau b w alpha (gram d z)) <->
      keeps_one_vector tau pi alpha 0 1 /\ keeps_one_vector tau pi alpha 1 0)) /\
  (~ keeps_one_vector tau pi alpha 0 1 -> degree 3 pi alpha 0 < degree 3 pi alpha 1) /\
  (~ keeps_one_vector tau pi alpha 1 0 -> degree 3 pi alpha 1 < degree 3 pi alpha 0).

(* B25. Two blocks, A = alpha (1/d_0 + 1/d_1), m = pi_0 pi_1: they merge iff A >= 2, at every temperature; with y the one positive root of
   (1 - A m) y^2 + (1 - A (1 - 2m)) y - A m = 0, free of tau, the cosine is clip(1 + tau log y, -1, 1); y is 0 (cosine -1) if alpha = 0
   and infinite (cosine 1) if no block is connected to itself. *)
Definition B25_statement : Prop := forall pi alpha, block_model 2 pi alpha ->
  let A := alpha 0%nat 1%nat * (1 / degree 2 pi alpha 0 + 1 / degree 2 pi alpha 1) in
  let m := pi 0%nat * pi 1%nat in
  (forall tau d v, 0 < tau -> (2 <= d)%nat -> unit_vectors 2 d v -> gram d v 0 1 = 1 ->
     (optimal 2 d (population_loss 2 tau pi alpha) v <-> 2 <= A)) /\
  (0 < alpha 0%nat 1%nat -> 0 < alpha 0%nat 0%nat + alpha 1%nat 1%nat -> exists y, 0 < y /\
     (forall y', 0 < y' -> ((1 - A * m) * y' ^ 2 + (1 - A * (1 - 2 * m)) * y' - A * m = 0 <-> y' = y)) /\
     (forall tau, 0 < tau -> optimum_is 2 2 (population_loss 2 tau pi alpha) (equal_cosines (clip (-1) 1 (1 + tau * ln y))))) /\
  (alpha 0%nat 0%nat + alpha 1%nat 1%nat = 0 ->
     forall tau, 0 < tau -> optimum_is 2 1 (population_loss 2 tau pi alpha) (equal_cosines 1)) /\
  (alpha 0%nat 1%nat = 0 -> forall tau, 0 < tau -> optimum_is 2 1 (population_loss 2 tau pi alpha) (equal_cosines (-1))).

(* B31c. Same shares and temperature, pair weights W and W', minimisers v and v': <W' - W, G' - G> >= 0. So if only one cross weight
   (symmetrised) changes, its cosine moves with it; in the published study (three blocks, only 0 and 1 connected) their cosine never
   falls as their connection rises. *)
Definition B31c_statement : Prop :=
  (forall K d tau pi W W' v v', 0 < tau -> (forall k, (k < K)%nat -> 0 < pi k) -> sum K pi = 1 ->
     optimal K d (weighted_loss K tau pi W) v -> optimal K d (weighted_loss K tau pi W') v' ->
     0 <= sum K (fun k => sum K (fun l => (W' k l - W k l) * (gram d v' k l - gram d v k l))) /\
     (forall i j, (i < K)%nat -> (j < K)%nat -> i <> j -> W i j + W j i < W' i j + W' j i ->
        (forall k l, (k < K)%nat -> (l < K)%nat -> k <> l -> ~ (k = i /\ l = j) -> ~ (k = j /\ l = i) ->
           W' k l + W' l k = W k l + W l k) -> gram d v i j <= gram d v' i j)) /\
  (forall d tau pi alpha alpha' v v', 0 < tau -> block_model 3 pi alpha -> block_model 3 pi alpha' ->
     (forall k, (k < 3)%nat -> alpha' k k = alpha k k) -> 0 < alpha 0%nat 0%nat + alpha 1%nat 1%nat ->
     alpha 0%nat 2%nat = 0 -> alpha 1%nat 2%nat = 0 -> alpha' 0%nat 2%nat = 0 -> alpha' 1%nat 2%nat = 0 ->
     alpha 0%nat 1%nat < alpha' 0%nat 1%nat ->
     optimal 3 d (population_loss 3 tau pi alpha) v -> optimal 3 d (population_loss 3 tau pi alpha') v' ->
     gram d v 0 1 <= gram d v' 0 1).

(* ---- Paper B: limits of a vanishing minority (block L of L + 1; its share s falls to 0). The limits hold at all unit vectors within s^2
   of the least loss (limit_cosine): that a minimiser exists is compactness, not proved here and not needed. ---- *)

(* B5. Two equal majorities of connection p, not connected to each other, the minority tied to one of them by alpha = r p: the equation has
   one root c > 0; the minority's cosine tends to min(c, 1), in every dimension >= 2 and whatever its own connection p0; full collapse iff
   r >= 2 tanh(1/tau) - 1; and min(c, 1) is the one minimiser of the limit loss on [-1, 1]. *)
Definition B5_statement : Prop := forall tau r, 0 < tau -> 0 < r -> exists c, 0 < c /\
  (forall x, collapse_side tau x = 1 + r <-> x = c) /\
  (Rmin c 1 = 1 <-> collapse_threshold tau <= r) /\
  (forall x, -1 <= x <= 1 -> x <> Rmin c 1 -> collapse_loss tau r (Rmin c 1) < collapse_loss tau r x) /\
  (forall p p0, 0 < p -> 0 <= p0 ->
     limit_cosine 3 2 (minority_loss 2 tau (fun _ => / 2) (uniform_graph p 0) (one_tie (r * p)) p0) 2 0 (Rmin c 1)).

(* B8. In B5's setting: the threshold falls in tau; the minority collapses fully from tau = 2/log((3+r)/(1-r)) on for r < 1, and below not
   (always for r >= 1); for every r > 0 from 2/log 3 = 1.8205 on; the limit cosine is not monotone in tau: at r = 8/19 it falls from
   tau = 1/10 to 2/5 and rises to 1. *)
Definition limit_of_minority (tau r c : R) : Prop := forall p p0, 0 < p -> 0 <= p0 ->
  limit_cosine 3 2 (minority_loss 2 tau (fun _ => / 2) (uniform_graph p 0) (one_tie (r * p)) p0) 2 0 c.
Definition B8_statement : Prop :=
  (forall tau tau', 0 < tau -> tau < tau' -> collapse_threshold tau' < collapse_threshold tau) /\
  (forall tau r, 0 < tau -> 0 < r < 1 ->
     (collapse_threshold tau <= r <-> 2 / ln ((3 + r) / (1 - r)) <= tau) /\
     (2 / ln ((3 + r) / (1 - r)) <= tau -> limit_of_minority tau r 1) /\
     (tau < 2 / ln ((3 + r) / (1 - r)) -> exists c, 0 < c < 1 /\ limit_of_minority tau r c)) /\
  (forall tau r, 0 < tau -> 1 <= r -> collapse_threshold tau <= r /\ limit_of_minority tau r 1) /\
  (forall tau, 0 < tau -> ((forall r, 0 < r -> collapse_threshold tau <= r) <-> 2 / ln 3 <= tau)) /\
  Rabs (2 / ln 3 - 18205 / 10000) <= 1 / 10000 /\
  (exists c1 c2 c3, limit_of_minority (1 / 10) (8 / 19) c1 /\ limit_of_minority (2 / 5) (8 / 19) c2 /\ limit_of_minority 1 (8 / 19) c3 /\
     c2 + 19 / 100 < c1 < 1 /\ c2 + 19 / 100 < c3 < 1).

(* B18. M >= 2 equal majorities, not connected to each other, the minority tied to one: the equation, its cut, the threshold, the critical
   temperature; two unequal majorities of shares w (tied) and 1 - w. *)
Definition B18_statement : Prop :=
  (forall M tau r, (2 <= M)%nat -> 0 < tau -> 0 < r -> exists c, 0 < c /\
     (forall x, majorities_side M tau x = 1 + r <-> x = c) /\
     (let u := exp (INR M / ((INR M - 1) * tau)) in Rmin c 1 = 1 <-> (u - INR M - 1) / (u + INR M - 1) <= r) /\
     (forall p p0, 0 < p -> 0 <= p0 ->
        limit_cosine (S M) M (minority_loss M tau (fun _ => / INR M) (uniform_graph p 0) (one_tie (r * p)) p0) M 0 (Rmin c 1))) /\
  (forall M tau, (2 <= M)%nat -> 0 < tau -> let u := exp (INR M / ((INR M - 1) * tau)) in
     ((forall r, 0 < r -> (u - INR M - 1) / (u + INR M - 1) <= r) <-> INR M / ((INR M - 1) * ln (INR M + 1)) <= tau)) /\
  Rabs (INR 9 / ((INR 9 - 1) * ln (INR 9 + 1)) - 489 / 1000) <= 1 / 1000 /\
  (forall w tau r, 0 < w < 1 -> 0 < tau -> 0 < r -> exists c,
     (forall x, unequal_side w tau x = 1 + r <-> x = c) /\
     (forall p p0, 0 < p -> 0 <= p0 ->
        limit_cosine 3 2 (minority_loss 2 tau (fun l => if (l =? 0)%nat then w else 1 - w) (uniform_graph p 0) (one_tie (r * p)) p0) 2 0 (clip (-1) 1 c))).

(* B19. Two equal majorities joined by beta < p: B5's limit with alpha/(p+beta) for alpha/p while beta <= p e^(-2/tau); beyond, the
   majorities' cosine tends to 1 + tau log(beta/p) and the minority's to some c < 1. Any majorities and links: where u is optimal for the
   majorities alone and h minimises the limit loss, a convex function, over the unit ball, the minority's cosines tend to <h, u_l>. *)
Definition limit_loss (L : nat) (tau : R) (mu : nat -> R) (alpha : nat -> nat -> R) (links : nat -> R) (H : nat -> nat -> R) (g : nat -> R) : R :=
  - / tau * sum L (fun l => (mu l * links l / sum L (fun m => links m * mu m) + mu l * links l / degree L mu alpha l) * g l)
  + ln (sum L (fun l => mu l * exp (g l / tau))) + sum L (fun l => mu l / partition L tau mu H l * exp (g l / tau)).
Definition B19_statement : Prop :=
  (forall tau p beta alpha p0, 0 < tau -> 0 <= beta < p -> 0 < alpha -> 0 <= p0 ->
     let f := minority_loss 2 tau (fun _ => / 2) (uniform_graph p beta) (one_tie alpha) p0 in
     (beta <= p * exp (- (2 / tau)) -> exists c, 0 < c /\ (forall x, collapse_side tau x = 1 + alpha / (p + beta) <-> x = c) /\
        limit_cosine 3 2 f 2 0 (Rmin c 1)) /\
     (p * exp (- (2 / tau)) < beta -> exists c, -1 < c < 1 /\ limit_cosine 3 2 f 2 0 c /\ limit_cosine 3 2 f 0 1 (1 + tau * ln (beta / p)))) /\
  (forall L tau mu alpha links H g g' t, (0 < L)%nat -> 0 < tau -> (forall l, (l < L)%nat -> 0 < mu l) -> 0 <= t <= 1 ->
     limit_loss L tau mu alpha links H (fun l => t * g l + (1 - t) * g' l)
     <= t * limit_loss L tau mu alpha links H g + (1 - t) * limit_loss L tau mu alpha links H g') /\
  (forall L D tau mu alpha links p0 u h, 0 < tau -> block_model L mu alpha -> (forall l, (l < L)%nat -> 0 <= links l) ->
     (exists l, (l < L)%nat /\ 0 < links l) -> 0 <= p0 -> unit_vectors L D u ->
     (forall d u', unit_vectors L d u' -> population_loss L tau mu alpha (gram D u) <= population_loss L tau mu alpha (gram d u')) ->
     dot D h h <= 1 ->
     (forall h', dot D h' h' <= 1 -> limit_loss L tau mu alpha links (gram D u) (fun l => dot D h (u l))
                                     <= limit_loss L tau mu alpha links (gram D u) (fun l => dot D h' (u l))) ->
     forall l, (l < L)%nat -> limit_cosine (S L) (S D) (minority_loss L tau mu alpha links p0) L l (dot D h (u l))).
